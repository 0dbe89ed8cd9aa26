/** Options of a key that are switches; `no-` in front turns some of them off (auth-options.c, sshauthopt_parse). */
const SWITCHES: ReadonlySet<string> = new Set([
  'agent-forwarding',
  'cert-authority',
  'no-agent-forwarding',
  'no-port-forwarding',
  'no-pty',
  'no-touch-required',
  'no-user-rc',
  'no-x11-forwarding',
  'port-forwarding',
  'pty',
  'restrict',
  'user-rc',
  'verify-required',
  'x11-forwarding',
]);
const VALUED: ReadonlySet<string> = new Set([
  'command',
  'environment',
  'expiry-time',
  'from',
  'permitlisten',
  'permitopen',
  'principals',
  'tunnel',
]);

/**
 * Why sshd would pass over a key for the options in front of it, which it does with a word in its own log alone.
 *
 * @param options as they stand before the key, empty for none
 * @returns the reason, or null for options that it knows
 */
export function judgeKeyOptions(options: string): string | null {
  let rest = options;
  while (rest !== '') {
    const [whole = '', name = '', value] =
      /^([A-Za-z0-9-]+)(?:=("(?:\\"|[^"\\]|\\(?!"))*"))?(?:,(?=.)|$)/.exec(rest) ?? [];
    if (whole === '') return `its options cannot be read from here on: ${rest}`;
    const known = value === undefined ? SWITCHES : VALUED;
    if (!known.has(name.toLowerCase()))
      return VALUED.has(name.toLowerCase()) || SWITCHES.has(name.toLowerCase())
        ? `its option ${name} ${value === undefined ? 'lacks' : 'takes no'} value`
        : `it knows no option ${name}`;
    rest = rest.slice(whole.length);
  }
  return null;
}
