import { RSYSLOG_DROP_IN } from '../conf/rsyslog.ts';
import type { Directive } from '../conf/sshd.ts';
import { SSHD_DROP_IN } from '../conf/sshd-drop-in.ts';
import { CONFIG_PATH } from '../config.ts';
import { OperatorError, refused } from '../errors.ts';
import { type CheckTools, checkRsyslog, checkSshd, sshdAnswers } from '../host/checks.ts';
import { componentsOf } from '../host/components.ts';
import type { Host } from '../host/host.ts';
import { readRsyslogHost } from '../host/look.ts';
import { mountsBelow } from '../host/mounts.ts';
import { lstatOrNull } from '../host/read.ts';
import { readSshdConfig } from '../host/sshd-config.ts';
import type { HostFacts, Role } from '../plan/facts.ts';
import { judgeSshd } from '../plan/obstacles.ts';
import { judgeJailsRoot } from '../plan/root.ts';
import { mountPointOf, sharesIn } from '../plan/shares.ts';
import type { Person } from '../plan/user.ts';
import { judgeConfigOfImage, judgeSelf, judgeSelfOnImage } from './judge-self.ts';

/** Whom the judgement is about, where an account is to be made. */
export interface Newcomer {
  name: string;
  role: Role;
  hasKey: boolean;
  hasPassword: boolean;
}

/** Refuses a host on which our drop-ins would not do what they say. @throws OperatorError `refused` with the way out */
export function judgeHost(host: Host, facts: HostFacts, newcomers: readonly Newcomer[]): void {
  judgeRoot(host, facts);
  judgeConfigOfImage(host, facts);
  judgeSelf(facts);
  judgeSelfOnImage(host, facts);
  judgeConfigFile(host, facts);
  judgeSshdConfig(host, facts, newcomers);
  judgeRsyslogConfig(host);
}

/** The way to the jails; a root that we made is mended, one that was there is not ours to change. */
function judgeRoot(host: Host, { config: { root }, made }: HostFacts): void {
  const components = componentsOf(host, root);
  const wrong = judgeJailsRoot(made.includes(`directory ${root}`) ? components.slice(0, -1) : components);
  if (wrong) throw refused(`root: ${wrong.what}, so sshd would refuse every login`, wrong.hint);
}

/** Whoever can write a configuration that root follows is root too. One of ours is mended instead. */
function judgeConfigFile(host: Host, { made }: HostFacts): void {
  const found = lstatOrNull(host.path(CONFIG_PATH));
  if (found === null || made.includes(`file ${CONFIG_PATH}`)) return;
  if (found.uid !== 0 || (found.mode & 0o022) !== 0)
    throw refused(
      `${CONFIG_PATH} can be changed by others than root`,
      `chown root: ${CONFIG_PATH}; chmod go-w ${CONFIG_PATH}`,
    );
}

function judgeSshdConfig(host: Host, { config }: HostFacts, newcomers: readonly Newcomer[]): void {
  const directives = readSshdConfig(host);
  const { files, only, readOnly, admin } = config.groups;
  const everybody = { groups: [files, only, readOnly, admin] };
  const customers = newcomers.map(({ name, role, hasKey, hasPassword }) => ({
    ...{ groups: [files, config.groups[role]], user: name, key: hasKey, password: hasPassword },
  }));
  const judged = namesNobody(directives) ? oneOfEachKind(customers) : customers;
  for (const customer of judged.length > 0 ? judged : [everybody]) {
    const [obstacle] = judgeSshd(directives, { dropIn: SSHD_DROP_IN, ...customer });
    if (obstacle)
      throw refused(`${obstacle.file}:${obstacle.line}: ${obstacle.what}: ${obstacle.why}`, obstacle.wayOut);
  }
}

/** Whether sshd's configuration, but for ours, makes no difference between accounts of the same groups. */
const namesNobody = (directives: readonly Directive[]): boolean =>
  directives.every(
    ({ file, text, match }) =>
      file === SSHD_DROP_IN ||
      ![text, ...match.map(({ criteria }) => criteria)].some((words) => /\busers?\b|(allow|deny)users/i.test(words)),
  );

function oneOfEachKind<Customer extends { user: string }>(customers: readonly Customer[]): Customer[] {
  return [...new Map(customers.map((customer) => [JSON.stringify({ ...customer, user: '' }), customer])).values()];
}

function judgeRsyslogConfig(host: Host): void {
  if (lstatOrNull(host.path('/etc/rsyslog.conf')) === null) return;
  const { includesDropIns, repeatedMsgReduction: reduction } = readRsyslogHost(host);
  if (!includesDropIns)
    throw refused(
      `/etc/rsyslog.conf does not include ${RSYSLOG_DROP_IN}`,
      'add the line: include(file="/etc/rsyslog.d/*.conf" mode="optional")',
    );
  if (reduction?.on && reduction.afterOurs)
    throw refused(
      `${reduction.file}:${reduction.line}: $RepeatedMsgReduction on, read after our drop-in, takes repeated lines out of the jails' log`,
      `remove that line, or move it to a file that sorts before ${RSYSLOG_DROP_IN}`,
    );
}

/** A configuration that is broken before we begin is not ours to mend, and must not be mistaken for our doing. */
export async function judgeConfigurations(host: Host, tools: CheckTools): Promise<void> {
  const judges = [
    { check: checkSshd, needs: '/run/sshd', hint: 'sshd -t' },
    { check: checkRsyslog, needs: '/etc/rsyslog.conf', hint: 'rsyslogd -N1' },
  ];
  for (const { check, needs, hint } of judges) {
    if (host.sysroot === '' && lstatOrNull(needs) === null) continue;
    try {
      await check(tools, host);
    } catch (error) {
      if (error instanceof OperatorError) throw refused(`this host is broken already: ${error.message}`, hint);
      throw error;
    }
  }
  const { startSshd } = tools.services;
  if (startSshd !== null && !(await sshdAnswers(tools, host)))
    throw refused('sshd does not run, so nobody can tell how it would treat a customer', startSshd);
}

/** One socket cannot be linked across file systems or mounts (link(2), EXDEV); what is mounted in `data` is no matter. */
export function judgeMounts(host: Host, facts: HostFacts, people: readonly Person[]): void {
  const { config } = facts;
  if (config.log.socket === 'per-jail') return;
  const jails = new Set(people.filter(({ role }) => role !== 'admin').map(({ name }) => name));
  const root = `${host.path(config.root)}/`;
  const shares = new Set([...facts.shareMounts, ...sharesIn(facts)].map((share) => mountPointOf(config, share)));
  const point = mountsBelow(host.path(config.root)).find((found) => {
    const [name = '', folder] = found.slice(root.length).split('/');
    const isShare = shares.has(found.slice(host.sysroot.length));
    return name === 'dev' || (jails.has(name) && folder !== config.data && !isShare);
  });
  if (point !== undefined)
    throw refused(
      `${point} is a mount of its own, and the log socket cannot be linked into it`,
      `mount it as the data folder instead, for instance ${config.root}/NAME/${config.data}, or set "log.socket: per-jail" in ${CONFIG_PATH}`,
    );
}
