import type { Config } from '../config.ts';
import { type Mount, mountOf } from '../host/mounts.ts';
import { shellQuote } from '../quote.ts';
import { checkOf } from './check.ts';
import type { Verdict } from './finding.ts';

export interface SeenMounts {
  config: Pick<Config, 'root' | 'data' | 'log'>;
  jails: ReadonlySet<string>;
  mounts: readonly Mount[];
}

export const mounts = checkOf<SeenMounts>({
  name: 'mounts',
  about: 'no mount keeps the log socket out of a jail; what holds uploads is mounted nosuid and nodev',
  look: ({ host, config, accounts, mounts }) => ({
    config: { ...config, root: host.path(config.root) as Config['root'] },
    jails: new Set(accounts().flatMap(({ name, role }) => (role === 'admin' ? [] : [name]))),
    mounts: mounts(),
  }),
  judge: judgeMounts,
});

const CROSSED =
  'a socket cannot be linked across file systems or mounts (link(2), EXDEV): what happens in there is not logged';

export function judgeMounts({ config: { root, data, log }, jails, mounts }: SeenMounts): Verdict[] {
  const below = mounts.filter(({ point }) => point.startsWith(`${root}/`));
  const isData = ({ point }: Mount): boolean => {
    const [jail = '', folder] = point.slice(root.length + 1).split('/');
    return folder === data && jails.has(jail);
  };
  const breaksLinks = ({ point }: Mount): boolean => {
    const [jail = '', folder] = point.slice(root.length + 1).split('/');
    return jail === 'dev' ? folder === undefined : jails.has(jail) && (folder === undefined || folder === 'dev');
  };
  const own = mountOf(mounts, root);
  const holding = [...(own?.point === root ? [own] : []), ...below.filter(isData)];
  return [
    ...(log.socket === 'per-jail' ? [] : below.filter(breaksLinks)).map(
      ({ point }): Verdict => ({
        ...{
          severity: 'error',
          what: `${point} is a mount of its own`,
          gist: 'a mount stands between a jail and the log socket',
          why: CROSSED,
        },
        advice: `mount it on the data folder instead (${root}/NAME/${data}), or set "log.socket: per-jail"; then sftpjail init`,
      }),
    ),
    ...[...new Map(holding.map((mount) => [mount.point, mount])).values()].flatMap(({ point, options }): Verdict[] => {
      const missing = ['nosuid', 'nodev'].filter((option) => !options.has(option));
      if (missing.length === 0) return [];
      return [
        {
          ...{
            severity: 'warning',
            what: `${point} is not mounted ${missing.join(' and ')}`,
            gist: 'a mount with uploads lacks nosuid or nodev',
          },
          why: 'a program that a customer uploads and marks set-uid would run with the rights of its owner',
          remedy: [`mount -o remount,${missing.join(',')} ${shellQuote(point)}`],
          advice: 'and add the options to its line in /etc/fstab',
        },
      ];
    }),
    ...(own && own.point !== root && !own.options.has('nosuid')
      ? [
          {
            ...{ severity: 'note', what: `${root} lies on ${own.point}, which is not mounted nosuid and nodev` },
            why: 'jails are closed to local users, which is all that keeps set-uid uploads from being run',
            advice: `a file system of its own for ${root}, mounted nosuid,nodev, does so twice`,
          } satisfies Verdict,
        ]
      : []),
  ];
}
