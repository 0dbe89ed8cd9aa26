import { checkOf } from './check.ts';
import { NotChecked, type Verdict } from './finding.ts';
import type { Looking } from './looking.ts';

/** What each program says of its version. */
export interface SaidVersions {
  sshd: string;
  rsyslogd: string;
  node: string;
}

export const versions = checkOf<SaidVersions>({
  name: 'versions',
  about: 'OpenSSH, rsyslog and Node are not older than what sftpjail was made for',
  look: async ({ host }: Looking) => {
    const ask = async (program: string, option: string): Promise<string> => {
      const { stdout, stderr } = await host.run(program, [option]);
      return `${stdout}\n${stderr}`;
    };
    // An sshd that does not know -V names its version beside its usage.
    const [sshd, rsyslogd] = await Promise.all([ask('/usr/sbin/sshd', '-V'), ask('/usr/sbin/rsyslogd', '-v')]);
    const said = { sshd, rsyslogd, node: process.version };
    for (const { program, pattern } of OLDEST)
      if (!pattern.test(said[program])) throw new NotChecked(`${program} does not say its version`);
    return said;
  },
  judge: judgeVersions,
});

/** The oldest with which each behaves as measured; `why` is what is known of older ones. */
const OLDEST = [
  {
    program: 'sshd',
    pattern: /OpenSSH_(\d+)\.(\d+)/,
    oldest: [8, 7],
    why: 'options and messages of internal-sftp are known from 8.7 on (sftp-server.c); figures of an older one may be wrong',
  },
  {
    program: 'rsyslogd',
    pattern: /rsyslogd\s+(\d+)\.(\d+)/,
    oldest: [8, 2102],
    why: 'how sockets are taken over from systemd and lines survive a restart is known from 8.2102 on (imuxsock.c)',
  },
  {
    program: 'node',
    pattern: /v(\d+)\.(\d+)/,
    oldest: [20, 19],
    why: 'sftpjail runs on Node 20.19 or later; rsyslog starts it with this one after each restart',
  },
] as const;

export function judgeVersions(said: SaidVersions): Verdict[] {
  return OLDEST.flatMap(({ program, pattern, oldest, why }): Verdict[] => {
    const [found = '', major, minor] = pattern.exec(said[program]) ?? [];
    const [first, second] = oldest;
    if (major === undefined) return [];
    if (Number(major) > first || (Number(major) === first && Number(minor) >= second)) return [];
    const advice = `bring this host to a release of its distribution that has ${program} ${oldest.join('.')} or later`;
    return [{ severity: 'warning', what: `${program} is too old: ${found.trim()}`, why, advice }];
  });
}
