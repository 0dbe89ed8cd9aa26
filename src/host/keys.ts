import { createHash } from 'node:crypto';
import { judgeKeyOptions } from '../conf/key-options.ts';
import { parseEffective } from '../conf/sshd.ts';
import { wrongUsage } from '../errors.ts';
import { connectionOf, withSshdFolder } from './checks.ts';
import type { Host } from './host.ts';

/** A public key as ssh-keygen knows it. */
export interface PublicKey {
  /** The line of authorized_keys, with its options and comment. */
  line: string;
  bits: number;
  /** `SHA256:…` */
  fingerprint: string;
  /** `ED25519`, `RSA`, … */
  type: string;
}

/** The lines of an authorized_keys text that are to be keys. */
export const keyLines = (text: string): string[] =>
  text
    .split(/\r?\n/)
    .map((line) => line.trim())
    .filter((line) => line !== '' && !line.startsWith('#'));

/**
 * Reads the lines of an authorized_keys text. Every key is judged by ssh-keygen itself.
 *
 * @param from what to call the text in an error
 * @throws OperatorError `usage` for a line that is no public key, or a weak one
 */
export async function readPublicKeys(host: Host, text: string, from: string): Promise<PublicKey[]> {
  const lines = keyLines(text);
  if (lines.length === 0)
    throw wrongUsage(`${from} contains no public key`, 'ssh-keygen -t ed25519 -f ./customer makes a pair');
  if (/PRIVATE KEY/.test(text))
    throw wrongUsage(`${from} is a private key, which must never leave its owner`, 'give the file that ends in .pub');
  return (await judgeKeys(host, lines)).map((judged, index) => {
    if ('wrong' in judged) throw wrongUsage(`${from}: line ${index + 1} ${judged.wrong}`, judged.hint);
    return judged;
  });
}

/** Why a line is of no use, and what can be done. */
interface Unusable {
  wrong: string;
  hint: string;
}

/**
 * Judges lines of authorized_keys, thousands in one run of ssh-keygen: it passes over what is no key, so each line is known
 * by the end of its comment, which is printed.
 */
export async function judgeKeys(host: Host, lines: readonly string[]): Promise<(PublicKey | Unusable)[]> {
  const found = new Map<number, KeyFound>();
  const told = await fingerprints(host, lines.map((line, index) => `${line} line-${index}\n`).join(''));
  for (const { comment, ...key } of told) {
    const [, index] = /line-(\d+)$/.exec(comment) ?? [];
    if (index !== undefined) found.set(Number(index), key);
  }
  // A comment that begins with # is not printed.
  for (const [index, line] of lines.entries()) {
    const [key] = !found.has(index) && /\s#/.test(line) ? await fingerprints(host, `${line}\n`) : [];
    if (key !== undefined) found.set(index, key);
  }
  return lines.map((line, index) => verdictOn(line, found.get(index)));
}

type KeyFound = Omit<PublicKey, 'line'>;

async function fingerprints(host: Host, input: string): Promise<(KeyFound & { comment: string })[]> {
  if (input === '') return [];
  const { stdout } = await host.outside.run('ssh-keygen', ['-l', '-f', '-'], { input, timeout: 600_000 });
  return stdout.split('\n').flatMap((line) => {
    const [, bits, fingerprint = '', comment = '', type = ''] = /^(\d+) (\S+) (.*)\((\S+)\)$/.exec(line) ?? [];
    return bits === undefined ? [] : [{ bits: Number(bits), fingerprint, comment: comment.trim(), type }];
  });
}

/** What nobody has to accept any more, whatever an old sshd still does (RFC 8332; NIST SP 800-131A). */
const LEAST_RSA_BITS = 2048;

function verdictOn(line: string, key: KeyFound | undefined): PublicKey | Unusable {
  if (/PRIVATE KEY/.test(line))
    return { wrong: 'is a private key, which must never leave its owner', hint: 'give the file that ends in .pub' };
  const { options, type: kind } = partsOf(line);
  const hint = 'ssh-keygen -t ed25519 -f ./customer makes a pair';
  // Newer releases of ssh-keygen know nothing of it, and would not say why.
  if (kind === 'ssh-dss') return { wrong: 'is a DSA key, which sshd does not accept', hint };
  if (kind === '' || key === undefined) return { wrong: 'is no public key', hint: 'ssh-keygen -l -f FILE judges it' };
  const { bits, fingerprint, type } = key;
  if (type === 'RSA' && bits < LEAST_RSA_BITS)
    return { wrong: `is an RSA key of ${bits} bits, which is too weak: ${LEAST_RSA_BITS} are the least`, hint };
  const wrong = judgeKeyOptions(options);
  if (wrong !== null)
    return {
      wrong: `is a key that sshd would not accept, because ${wrong}`,
      hint: 'man sshd, AUTHORIZED_KEYS FILE FORMAT',
    };
  return { line, bits, fingerprint, type };
}

/**
 * Refuses keys that the host's own sshd would not accept from an account, as far as it can be asked.
 *
 * @throws OperatorError `usage` with the reason
 */
export async function judgeKeysBySshd(host: Host, name: string, keys: readonly PublicKey[]): Promise<void> {
  const rejected = (await rejectionsBySshd(host, name, keys)).find((why) => why !== null);
  if (rejected != null) throw wrongUsage(rejected, 'sshd -T | grep -iE "rsasize|pubkeyacc"');
}

/** For each key why the host's own sshd would not accept it from an account, or null. */
export async function rejectionsBySshd(
  host: Host,
  name: string,
  keys: readonly PublicKey[],
): Promise<(string | null)[]> {
  if (keys.length === 0) return [];
  const { code, stdout } = await withSshdFolder(host, () =>
    host.run('/usr/sbin/sshd', ['-T', '-C', connectionOf(name)]),
  );
  if (code !== 0) return keys.map(() => null);
  const effective = parseEffective(stdout);
  const least = Number(effective.get('requiredrsasize')?.[0] ?? 0);
  const accepted = effective.get('pubkeyacceptedalgorithms')?.[0]?.split(',');
  return keys.map(({ line, fingerprint, type, bits }) => {
    const algorithms = type === 'RSA' ? ['rsa-sha2-512', 'rsa-sha2-256'] : [partsOf(line).type];
    const rejected = (why: string) => `sshd of this host would not accept ${fingerprint} (${type}): ${why}`;
    if (type === 'RSA' && bits < least) return rejected(`RequiredRSASize is ${least}, and it has ${bits} bits`);
    if (accepted && !algorithms.some((algorithm) => accepted.includes(algorithm)))
      return rejected(`PubkeyAcceptedAlgorithms does not name ${algorithms.join(' or ')}`);
    return null;
  });
}

/** What a customer is given to recognise this host by: one fingerprint for each of sshd's host keys. */
export async function hostFingerprints(host: Host, hostKeys: readonly string[]): Promise<string[]> {
  const fingerprints = [];
  for (const key of hostKeys) {
    const { code, stdout } = await host.run('ssh-keygen', ['-l', '-f', `${key}.pub`]);
    const [, fingerprint, type] = /^\d+ (\S+) .*\((\S+)\)$/m.exec(stdout) ?? [];
    if (code === 0 && fingerprint) fingerprints.push(`${fingerprint} (${type})`);
  }
  return fingerprints;
}

/** The text of an authorized keys file with keys added; one that is there already gets the options that it has now. */
export function withKeys(existing: string | null, keys: readonly PublicKey[]): string {
  const lines = (existing ?? '').split('\n').filter((line) => line !== '');
  const byBody = new Map([...lines, ...keys.map(({ line }) => line)].map((line) => [bodyOf(line), line]));
  return [...byBody.values()].map((line) => `${line}\n`).join('');
}

/** The fingerprints in an authorized keys file, as `ssh-keygen -l` prints them. */
export const fingerprintsIn = (text: string | null): string[] => keyLines(text ?? '').map(fingerprintOf);

/** The text without the keys of that fingerprint. @returns null where no key is left */
export function withoutKey(text: string, fingerprint: string): string | null {
  const kept = text.split('\n').filter((line) => fingerprintOf(line) !== fingerprint);
  return keyLines(kept.join('\n')).length === 0 ? null : kept.join('\n');
}

const fingerprintOf = (line: string): string => {
  const digest = createHash('sha256')
    .update(Buffer.from(bodyOf(line), 'base64'))
    .digest('base64');
  return `SHA256:${digest.replace(/=+$/, '')}`;
};

/** The key itself, without options and comment. */
const bodyOf = (line: string): string => partsOf(line).body || line;

/** An algorithm's name and the key in base64 right behind it; what is quoted before belongs to an option. */
function partsOf(line: string): { options: string; type: string; body: string } {
  const [, options = '', type = '', body = ''] =
    /^\s*((?:"(?:\\"|[^"\\]|\\(?!"))*"|[^"\s])*\s+)??([a-z0-9][\w.@-]*)\s+(AAAA[A-Za-z0-9+/]+=*)(?:\s|$)/.exec(line) ??
    [];
  return { options: options.trim(), type, body };
}
