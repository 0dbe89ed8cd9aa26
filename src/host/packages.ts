import { existsSync, readdirSync } from 'node:fs';
import type { Config } from '../config.ts';
import { OperatorError, refused } from '../errors.ts';
import type { Host } from './host.ts';

type Manager = 'apt-get' | 'dnf' | 'apk';

/** What carries lines from host to host, where that is configured. */
const RELP = 'omrelp.so';

/** The programs that we need, and the package that brings each where it is not there by itself. */
const NEEDED: Record<string, Record<Manager, string>> = {
  sshd: { 'apt-get': 'openssh-server', dnf: 'openssh-server', apk: 'openssh-server' },
  ssh: { 'apt-get': 'openssh-client', dnf: 'openssh-clients', apk: 'openssh-client' },
  'ssh-keygen': { 'apt-get': 'openssh-client', dnf: 'openssh', apk: 'openssh-keygen' },
  rsyslogd: { 'apt-get': 'rsyslog', dnf: 'rsyslog', apk: 'rsyslog' },
  logrotate: { 'apt-get': 'logrotate', dnf: 'logrotate', apk: 'logrotate' },
  useradd: { 'apt-get': 'passwd', dnf: 'shadow-utils', apk: 'shadow' },
  // A module of rsyslog's.
  [RELP]: { 'apt-get': 'rsyslog-relp', dnf: 'rsyslog-relp', apk: 'rsyslog-relp' },
  flock: { 'apt-get': 'util-linux', dnf: 'util-linux', apk: 'flock' },
};

const INSTALL: Record<Manager, readonly string[][]> = {
  'apt-get': [['update'], ['install', '--yes', '--no-install-recommends']],
  dnf: [['install', '--assumeyes', '--setopt=install_weak_deps=False']],
  apk: [['add', '--no-cache']],
};

const FOLDERS = ['/usr/sbin', '/usr/bin', '/sbin', '/bin', '/usr/local/sbin', '/usr/local/bin'];
const has = (host: Host, program: string): boolean =>
  FOLDERS.some((folder) => existsSync(host.path(`${folder}/${program}`)));

type Configured = Pick<Config, 'log'>;

const missingPrograms = (host: Host, { log }: Configured): string[] =>
  Object.keys(NEEDED).filter((program) =>
    program === RELP ? (log.forward ?? log.receive) !== null && !hasModule(host, program) : !has(host, program),
  );

/** Debian has a folder of modules for each architecture. */
function hasModule(host: Host, name: string): boolean {
  const libraries = host.path('/usr/lib');
  const folders = existsSync(libraries) ? readdirSync(libraries).map((folder) => `/usr/lib/${folder}/rsyslog`) : [];
  return [...folders, '/usr/lib/rsyslog', '/usr/lib64/rsyslog'].some((folder) =>
    existsSync(host.path(`${folder}/${name}`)),
  );
}

const managerOf = (host: Host): Manager | undefined =>
  (['apt-get', 'dnf', 'apk'] as const).find((program) => has(host, program));

const packagesFor = (manager: Manager, programs: readonly string[]): string[] => [
  ...new Set(programs.flatMap((program) => NEEDED[program]?.[manager] ?? [])),
];

/** @throws OperatorError `refused`, naming what is missing and the command that installs it */
export function refuseMissing(host: Host, config: Configured, typed: string): void {
  const missing = missingPrograms(host, config);
  if (missing.length === 0) return;
  const manager = managerOf(host);
  const hint = manager
    ? `${manager} ${INSTALL[manager].at(-1)?.[0]} ${packagesFor(manager, missing).join(' ')}, or let sftpjail do it: sftpjail ${typed} --install-packages`
    : 'install them with the package manager of this host';
  throw refused(`missing on this host: ${missing.join(', ')}`, hint);
}

/** Installs the packages of what is missing. It stays installed, whatever becomes of the command afterwards. */
export async function installMissing(host: Host, config: Configured, note: (text: string) => void): Promise<void> {
  const missing = missingPrograms(host, config);
  const manager = managerOf(host);
  if (missing.length === 0) return;
  if (manager === undefined) throw refused(`missing on this host: ${missing.join(', ')}`, 'install them by hand');
  const packages = packagesFor(manager, missing);
  note(`installing ${packages.join(', ')}`);
  for (const [index, args] of INSTALL[manager].entries()) {
    const last = index === INSTALL[manager].length - 1;
    const environment = manager === 'apt-get' ? ['DEBIAN_FRONTEND=noninteractive'] : [];
    const command = [...environment, manager, ...args, ...(last ? packages : [])];
    const result = await host.run('env', command, { timeout: 900_000 });
    if (result.code !== 0)
      throw new OperatorError('refused', `${command.join(' ')}: ${result.stderr.trim()}`, 'install them by hand');
  }
}
