import { PAM_SSHD, pamLineIn, renderPamLine } from '../conf/pam.ts';
import type { Config } from '../config.ts';
import type { Host } from '../host/host.ts';
import { lstatOrNull, textOrNull } from '../host/read.ts';
import { shellQuote } from '../quote.ts';
import { checkOf } from './check.ts';
import { MENDED_BY_INIT, type Verdict } from './finding.ts';

export interface SeenSessionHooks {
  hooks: Config['hooks'];
  /** The line that should stand in sshd's file of PAM, and the one that does. */
  wanted: string | null;
  found: string | null;
  usesPam: boolean;
  /** Programs that are configured and cannot be run. */
  missing: readonly string[];
  /** Where users say what is in the environment of what PAM runs for root. */
  readsEnvironment: string | null;
}

export const sessionHooks = checkOf<SeenSessionHooks>({
  name: 'session-hooks',
  about: 'what is to run before and after sessions does, and whom it can keep out',
  async look({ host, config, facts, effective, needsRoot }) {
    needsRoot('what PAM runs');
    const wanted = renderPamLine(await facts());
    const text = textOrNull(host.followed(PAM_SSHD)) ?? '';
    const { 'before-session': before, 'after-session': after } = config.hooks;
    const programs = [before, after].flatMap((hook) => hook?.command[0] ?? []);
    return {
      ...{ hooks: config.hooks, wanted, found: pamLineIn(text) },
      usesPam: wanted === null || (await effective()).get('usepam')?.[0] === 'yes',
      missing: programs.filter((path) => ((lstatOrNull(host.followed(path))?.mode ?? 0) & 0o111) === 0),
      readsEnvironment: wanted === null ? null : environmentReader(host, text),
    };
  },
  judge: judgeSessionHooks,
});

/** A file in which PAM is told, before our line comes, to let users choose the environment. */
function environmentReader(host: Host, text: string): string | null {
  const included = [...text.matchAll(/^(?:@include|auth\s+(?:include|substack))\s+([\w.-]+)/gm)];
  const files = [PAM_SSHD, ...included.map(([, name = '']) => `/etc/pam.d/${name}`)];
  const isReader = (file: string) =>
    /^auth\s.*pam_env\.so.*user_readenv=1/m.test(textOrNull(host.followed(file)) ?? '');
  return files.find(isReader) ?? null;
}

export function judgeSessionHooks(seen: SeenSessionHooks): Verdict[] {
  const { hooks, wanted, found, usesPam, missing, readsEnvironment } = seen;
  const isRequired = hooks['before-session']?.required === true;
  const isBefore = (path: string) => path === hooks['before-session']?.command[0];
  return [
    ...(wanted === found ? [] : [lineVerdict(wanted, found)]),
    ...(usesPam ? [] : [NO_PAM]),
    ...missing.map(
      (path): Verdict => ({
        severity: isRequired && isBefore(path) ? 'error' : 'warning',
        what: `${path}, which is to run ${isBefore(path) ? 'before' : 'after'} each session, is no program`,
        why:
          isRequired && isBefore(path)
            ? 'hooks.before-session is required: no customer can log in'
            : 'sessions go on without it, and nobody is told but the journal',
        advice: `make it one, or take it out of the configuration: ls -l ${shellQuote(path)}`,
      }),
    ),
    ...(readsEnvironment === null ? [] : [readsVerdict(readsEnvironment)]),
    ...(isRequired ? [REQUIRED] : []),
  ];
}

const lineVerdict = (wanted: string | null, found: string | null): Verdict => ({
  severity: 'error',
  what: `our line in ${PAM_SSHD} ${found === null ? 'is missing' : wanted === null ? 'is not wanted any more' : 'differs'}`,
  why:
    wanted === null
      ? 'something is run before each session of a customer, and may keep them out'
      : 'what is to run before and after each session of a customer does not, or not so',
  ...MENDED_BY_INIT,
});

const NO_PAM: Verdict = {
  severity: 'error',
  what: 'sshd does not use PAM',
  why: 'what is to run before and after sessions never does, even where it is required',
  advice: 'set "UsePAM yes" in /etc/ssh/sshd_config, or take hooks.before-session out of the configuration',
};

const readsVerdict = (file: string): Verdict => ({
  severity: 'error',
  what: `${file} lets users choose the environment of what PAM runs (pam_env, user_readenv=1)`,
  why: 'pam_exec runs programs as root in it: with LD_PRELOAD there, whoever has an account on this host becomes root',
  remedy: [`sed -i 's/ user_readenv=1//' ${shellQuote(file)}`],
});

const REQUIRED: Verdict = {
  severity: 'note',
  what: 'hooks.before-session is required',
  why: 'while its command fails, hangs or is missing, or Node is, no customer gets in; whoever is in none of our groups always does',
};
