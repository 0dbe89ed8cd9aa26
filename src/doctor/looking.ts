import { statSync } from 'node:fs';
import { sharedSocket, socketsOf } from '../conf/sockets.ts';
import { type Directive, parseEffective } from '../conf/sshd.ts';
import type { Config } from '../config.ts';
import { OperatorError } from '../errors.ts';
import { type CheckTools, connectionOf, withSshdFolder } from '../host/checks.ts';
import type { Host } from '../host/host.ts';
import { accountsOf, lookAtHost } from '../host/look.ts';
import { type Mount, readMounts } from '../host/mounts.ts';
import { lstatOrNull } from '../host/read.ts';
import { type Register, readRegister } from '../host/register.ts';
import { openServices } from '../host/services/open.ts';
import type { Services } from '../host/services/services.ts';
import { readSshdConfig } from '../host/sshd-config.ts';
import { openTemplates } from '../host/templates.ts';
import type { Account, HostFacts, Self } from '../plan/facts.ts';
import { hasUnits, wantFoundation, wantServices } from '../plan/host.ts';
import { wantLedgerFolder } from '../plan/ledger.ts';
import { sharesIn, wantShares } from '../plan/shares.ts';
import { wantWatch } from '../plan/watch.ts';
import type { Wish } from '../plan/wish.ts';
import { NotChecked } from './finding.ts';
import { lookAtJails, type SeenFile, type SeenJail } from './seen-jails.ts';

/** What checks look through: whatever several of them need is found out once. */
export interface Looking {
  readonly host: Host;
  readonly config: Config;
  readonly self: Self;
  readonly now: Date;
  readonly services: Services;
  readonly tools: CheckTools;
  register(): Register;
  /** The accounts of ours. */
  accounts(): Account[];
  facts(): Promise<HostFacts>;
  /** What `init` would have stand on this host and its services do. */
  wishes(): Promise<Wish[]>;
  /** The jails of the accounts, and the keys of all of them. */
  jails(): Promise<SeenJail[]>;
  shared(): (SeenFile & { nlink: number }) | null;
  /** The gid of the group that owns the files; null where there is none. */
  filesGid(): number | null;
  mounts(): Mount[];
  directives(): Directive[];
  /** What `sshd -T` prints, for everybody or for an account. @throws NotChecked where sshd does not say */
  effective(user?: string): Promise<ReadonlyMap<string, readonly string[]>>;
  /** The command that makes the running sshd read its configuration again. */
  reloadSshd(): Promise<string>;
  /** What every command that changes this host would be refused with. */
  refusals(): OperatorError[];
  /** @throws NotChecked where the configuration is another than the one that the accounts were made with */
  needsLayout(): void;
  /** @throws NotChecked for anybody else, with what is to be seen */
  needsRoot(toSee: string): void;
  /** @throws NotChecked on an image, on which nothing runs */
  needsRunning(): void;
}

/** @param judgements of the commands that change a host: each throws an OperatorError where it refuses one */
export function openLooking(
  { host, config, self, now }: Pick<Looking, 'host' | 'config' | 'self' | 'now'>,
  judgements: readonly (() => void)[],
): Looking {
  const services = openServices(host);
  const looking: Looking = {
    ...{ host, config, self, now, services },
    refusals: once(() => judgements.flatMap(refusalOf)),
    needsLayout() {
      looking.needsRoot('all of the accounts');
      if (looking.refusals().length > 0) throw new NotChecked('the configuration does not fit the accounts');
    },
    tools: { services, sockets: () => socketsOf({ config, accounts: looking.accounts() }), onUnvalidated: cannotRun },
    register: once(() => readRegister(host)),
    accounts: once(() => accountsOf(config, looking.register())),
    facts: once(() => lookAtHost(host, config, services.kind, self)),
    wishes: once(async () => {
      const facts = await looking.facts();
      const templates = openTemplates();
      return [
        ...wantFoundation(facts, templates),
        ...wantServices(facts, templates),
        ...wantLedgerFolder(facts),
        ...(facts.config.watch.enabled && hasUnits(facts.kind) ? wantWatch(facts, templates) : []),
        ...wantShares(facts, templates, sharesIn(facts)),
      ];
    }),
    jails: once(async () => {
      looking.needsLayout();
      return lookAtJails(looking);
    }),
    shared: once(() => lstatOrNull(host.path(sharedSocket(config)))),
    filesGid: once(() => looking.register().groups.get(config.groups.files)?.gid ?? null),
    mounts: once(readMounts),
    directives: once(() => readSshdConfig(host)),
    effective: keyed((user) => effectiveOf(host, user)),
    reloadSshd: once(() => reloadCommand(services)),
    needsRoot(toSee) {
      if (process.getuid?.() !== 0) throw new NotChecked(`only root can see ${toSee}`);
    },
    needsRunning() {
      if (services.kind === 'image') throw new NotChecked('nothing runs on an image');
    },
  };
  return looking;
}

function once<Found>(find: () => Found): () => Found {
  let found: { it: Found } | null = null;
  return () => {
    found ??= { it: find() };
    return found.it;
  };
}

function refusalOf(judge: () => void): OperatorError[] {
  try {
    judge();
    return [];
  } catch (error) {
    if (error instanceof OperatorError) return [error];
    throw error;
  }
}

function keyed<Found>(find: (key: string | undefined) => Found): (key?: string) => Found {
  const found = new Map<string | undefined, Found>();
  return (key) => {
    if (!found.has(key)) found.set(key, find(key));
    return found.get(key) as Found;
  };
}

function cannotRun(program: string): never {
  throw new NotChecked(`${program} of the image does not run on this machine`);
}

async function effectiveOf(host: Host, user?: string): Promise<ReadonlyMap<string, readonly string[]>> {
  const args = ['-T', ...(user === undefined ? [] : ['-C', connectionOf(user)])];
  const { code, stdout, stderr } = await withSshdFolder(host, () => host.run('/usr/sbin/sshd', args));
  if (code !== 0) throw new NotChecked(`sshd ${args.join(' ')}: ${stderr.trim() || `status ${code}`}`);
  return parseEffective(stdout);
}

/** A SIGHUP makes a socket-activated sshd bind its port itself and die of it. */
async function reloadCommand(services: Services): Promise<string> {
  if (services.kind === 'openrc') return 'sshd -t && rc-service sshd reload';
  if (services.kind === 'service') return 'sshd -t && service ssh reload';
  if (services.kind !== 'systemd') return 'sshd -t && kill -HUP "$(cat /run/sshd.pid)"';
  const verb = (await services.sshdSockets()) === null ? 'reload' : 'try-restart';
  const name = statSync('/lib/systemd/system/ssh.service', { throwIfNoEntry: false }) ? 'ssh' : 'sshd';
  return `sshd -t && systemctl ${verb} ${name}.service`;
}
