import { FORENSIC_LINES } from '../conf/forensic.ts';
import { readIncluded } from '../host/included.ts';
import { textOrNull } from '../host/read.ts';
import { checkOf } from './check.ts';
import { NotChecked, type Verdict } from './finding.ts';

const PROFILE = '/etc/apparmor.d/usr.sbin.rsyslogd';
const LOCAL = '/etc/apparmor.d/rsyslog.d/sftpjail';

export interface SeenAppArmor {
  root: string;
  /** The kernel's list of profiles, `NAME (MODE)` a line; null where AppArmor is off. */
  loaded: string | null;
  /** The profile with all that it includes. */
  profile: string;
  perJail: boolean;
  log: string;
  /** Where debug messages go; null where they go nowhere. */
  debug: string | null;
}

export const apparmor = checkOf<SeenAppArmor>({
  name: 'apparmor',
  about: 'AppArmor lets rsyslogd use the log sockets and the log',
  look({ host, config, needsRunning }) {
    needsRunning();
    const isOn = textOrNull('/sys/module/apparmor/parameters/enabled')?.trim() === 'Y';
    const loaded = isOn ? profilesOrNull() : null;
    const texts = [PROFILE, '/etc/apparmor.d/rsyslog.d/*', '/etc/apparmor.d/local/usr.sbin.rsyslogd'];
    const profile = texts.flatMap((pattern) => readIncluded(host, pattern).map(({ text }) => text)).join('\n');
    return {
      ...{ root: config.root, loaded, profile, perJail: config.log.socket === 'per-jail', log: config.log.file },
      debug: config.forensic.enabled ? `${FORENSIC_LINES}/*` : null,
    };
  },
  judge: judgeAppArmor,
});

function profilesOrNull(): string | null {
  try {
    return textOrNull('/sys/kernel/security/apparmor/profiles');
  } catch {
    throw new NotChecked('only root can read which profiles AppArmor has loaded');
  }
}

/** apparmor.d(5). Debian ships no profile of rsyslogd, Ubuntu an enforced one. */
export function judgeAppArmor({ root, loaded, profile, perJail, log, debug }: SeenAppArmor): Verdict[] {
  if (loaded === null || !/^(\/usr\/sbin\/)?rsyslogd \(enforce\)$/m.test(loaded)) return [];
  const rules = profile.split('\n').filter((line) => !/^\s*#/.test(line));
  const allows = (path: string) => rules.some((line) => ruleAllows(line, path));
  const wanted = [
    ...(allows(`${root}/dev/log`) ? [] : [`${root}/dev/log rwl,`]),
    ...(perJail && !allows(`${root}/acme/dev/log`) ? [`${root}/*/dev/log rwl,`] : []),
    ...[log, ...(debug === null ? [] : [debug])].flatMap((path) => (allows(path) ? [] : [`${path} rw,`])),
  ];
  if (wanted.length === 0) return [];
  return [
    {
      severity: 'warning',
      what: `AppArmor's profile of rsyslogd does not allow: ${wanted.join(' ')}`,
      why: 'it is enforced: rsyslogd could not make or read the log socket, or not write the log (apparmor.d(5))',
      remedy: [
        'mkdir -p /etc/apparmor.d/rsyslog.d',
        ...wanted.map((rule) => `echo '${rule}' >>${LOCAL}`),
        `apparmor_parser -r ${PROFILE}`,
        'systemctl restart rsyslog.service',
      ],
    },
  ];
}

/** A rule `PATH MODES,` with `*`, `**`, `?` and `{a,b}`. */
function ruleAllows(line: string, path: string): boolean {
  const [, pattern, modes] = /^\s*(?:owner\s+)?"?(\/[^\s"]*)"?\s+([rwlakmixpuUPC]+),/.exec(line) ?? [];
  if (pattern === undefined || !modes?.includes('w')) return false;
  const source = pattern.replace(/\*\*|\*|\?|\{|\}|,|[.+^$()|[\]\\]/g, (part) =>
    part === '**'
      ? '.*'
      : part === '*'
        ? '[^/]*'
        : part === '?'
          ? '[^/]'
          : part === '{'
            ? '(?:'
            : part === '}'
              ? ')'
              : part === ','
                ? '|'
                : `\\${part}`,
  );
  return new RegExp(`^${source}$`).test(path);
}
