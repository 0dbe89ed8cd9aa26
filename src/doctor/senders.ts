import { refusedLog } from '../conf/rsyslog.ts';
import { CONFIG_PATH } from '../config.ts';
import { checkOf } from './check.ts';
import type { Verdict } from './finding.ts';
import { tailOf } from './tail.ts';

export interface SeenRefusals {
  file: string;
  text: string;
}

export const senders = checkOf<SeenRefusals | null>({
  name: 'senders',
  about: 'no line of another host was refused',
  look({ host, config, needsRoot }) {
    const file = refusedLog(config.log);
    if (file === null) return null;
    needsRoot('what was refused');
    return { file, text: tailOf(host.path(file)) };
  },
  judge: judgeRefusals,
});

/** One finding for each address with each name that it used. */
export function judgeRefusals(seen: SeenRefusals | null): Verdict[] {
  if (seen === null) return [];
  const { file, text } = seen;
  const notes = text.matchAll(/^\S+ (\S+) as (\S+): /gm);
  const pairs = new Map([...notes].map(([, address = '', name = '']) => [`${address} ${name}`, { address, name }]));
  return [...pairs.values()].map(({ address, name }) => ({
    severity: 'warning',
    what: `${address} sent lines in the name of ${JSON.stringify(name)}, and they were refused`,
    gist: 'lines of other hosts were refused',
    why: `log.senders has no such host at that address, so they are in no log and no figure; ${file} has some of them`,
    advice: `if that host is yours and bears that name: say so in ${CONFIG_PATH}, then sftpjail init, then sftpjail ledger import with a copy of its log; empty ${file} when you are done`,
  }));
}
