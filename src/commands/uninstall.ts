import { CONFIG_PATH, type Config } from '../config.ts';
import type { Context } from '../context.ts';
import { refused, wrongUsage } from '../errors.ts';
import { expiry, readAccount } from '../host/account.ts';
import type { Host } from '../host/host.ts';
import { lookAtHost } from '../host/look.ts';
import { mountsBelow } from '../host/mounts.ts';
import { lstatOrNull, namesIn } from '../host/read.ts';
import { readRegister } from '../host/register.ts';
import { sessions } from '../host/sessions.ts';
import { openTemplates } from '../host/templates.ts';
import type { Change } from '../plan/change.ts';
import type { Account, HostFacts } from '../plan/facts.ts';
import { foldersAbove, unwantedUnits, wantFoundation, wantServices } from '../plan/host.ts';
import { finalLast, keepOccupied } from '../plan/removal.ts';
import { removedFolder, retire, timeForName } from '../plan/retire.ts';
import { declaredOf, jailOf, keysOf, REMOVED_FOLDER, wantJail, wantLink } from '../plan/user.ts';
import { WATCH_FOLDER, WATCH_USER, wantWatch, wantWatchUser } from '../plan/watch.ts';
import { difference, type Wish } from '../plan/wish.ts';
import { carryOut, find, openWorkshop, planForPrograms, type Workshop } from './carry-out.ts';
import { judgeLayout } from './judge-layout.ts';

export interface UninstallOptions {
  removeUsers?: boolean;
  deleteData?: boolean;
}

/** Takes back everything that `init` and `add-user` made, as far as it is asked to. */
export async function uninstall(context: Context, options: UninstallOptions): Promise<void> {
  const { host, config, say, typed } = context;
  if (options.deleteData && !options.removeUsers)
    throw wrongUsage('--delete-data needs --remove-users', 'sftpjail uninstall --remove-users --delete-data');
  const workshop = openWorkshop(context, new Map(), () => []);
  let remaining: string[] = [];
  const { plan, done } = await carryOut(context, workshop, {
    async makePlan() {
      judgeLayout(host, config);
      const facts = await lookAtHost(host, config, workshop.tools.services.kind, context.self);
      remaining = options.removeUsers ? [] : facts.accounts.map(({ name }) => name);
      if (options.removeUsers) refuseMounts(context, facts.accounts);
      const wanted = [
        ...(await closing(context, facts.accounts)),
        ...(await taking(context, workshop, facts, options)),
      ];
      const keepsFiles = !options.deleteData && wanted.some(({ kind }) => kind === 'retired');
      const { changes, occupied } = keepOccupied(wanted, (folder) => [
        ...namesIn(host.path(folder)),
        ...(keepsFiles && folder === config.root ? [REMOVED_FOLDER] : []),
      ]);
      const above = new Set([removedFolder(config), ...foldersAbove(config.root), config.root]);
      return {
        command: typed,
        ...finalLast(changes, above),
        notes: changes.length > 0 ? notesOn(context, facts, options, occupied) : [],
      };
    },
    asks: () => true,
  });
  if (context.options.json) return say.result(JSON.stringify({ changed: done, ...planForPrograms(plan) }));
  if (context.options.dryRun) return;
  if (done) say.note('Taken back.');
  else if (remaining.length === 0) say.note('Nothing of ours is on this host.');
  else say.note(`Nothing is left but the accounts, locked: ${remaining.join(', ')}. To remove them: --remove-users`);
  if (done && lstatOrNull(host.path(config.log.file))) say.note(`The log stays: ${config.log.file}`);
}

/** Nobody may log in once our blocks are gone, so the accounts are shut before anything else. */
async function closing({ host }: Context, accounts: readonly Account[]): Promise<Change[]> {
  const locks = await Promise.all(
    accounts.map(async ({ name }): Promise<Change[]> => {
      const before = await expiry.read(host, name, null);
      return before?.day === 0 ? [] : [{ kind: 'expiry', at: name, before, after: { day: 0 } }];
    }),
  );
  const open = new Set(locks.flat().map(({ at }) => at));
  const ends = await Promise.all(
    accounts.map(async ({ name }): Promise<Change[]> => {
      // Until it is locked an account can still log in, so its sessions are looked for again when their turn comes.
      const isQuiet = !open.has(name) && (await sessions.read(host, name, null)) !== null;
      return isQuiet || host.sysroot !== ''
        ? []
        : [{ kind: 'sessions', at: name, before: null, after: { ended: true } }];
    }),
  );
  return [...locks.flat(), ...ends.flat()];
}

/** The wishes that are taken back: without `--remove-users` only what makes the host log and serve. */
function wishesFor({ host, config }: Context, facts: HostFacts, all: boolean): Wish[] {
  const templates = openTemplates();
  const { accounts, kind, watch } = facts;
  const foundation = [...(watch.isInstalled ? wantWatchUser(facts) : []), ...wantFoundation(facts, templates)];
  const ours = [...new Map(foundation.map((wish) => [`${wish.kind} ${wish.at}`, wish])).values()].filter(
    (wish) => wish.kind === 'socket' || (all && mayTake(facts, wish, host)),
  );
  const jails = accounts.flatMap((account) =>
    wantJail(config, account).filter((wish) => all || wish.kind === 'socket'),
  );
  return [
    ...ours,
    ...(all ? accounts.flatMap(({ name }) => filesOf(name)) : []),
    ...jails,
    ...(all ? accounts.filter(({ role }) => role !== 'admin').map(({ name }) => dataOf(config, name)) : []),
    ...wantServices(facts, templates),
    // As in the order of building: undone, a link needs the socket that the services bring back.
    ...accounts.flatMap((account) => wantLink(config, kind, account)),
    ...unwantedUnits(facts),
    ...(facts.watch.isInstalled ? wantWatch(facts, templates) : []),
  ];
}

const anyState = { owner: '', group: '', mode: '' };
const dataOf = (config: Config, name: string): Wish => ({
  kind: 'directory',
  at: `${jailOf(config, name)}/${config.data}`,
  state: anyState,
});
const filesOf = (name: string): Wish[] =>
  [keysOf(name), declaredOf(name)].map((at) => ({ kind: 'file', at, state: { ...anyState, content: '' } }));

/** Groups and shared folders only if we made them, the configuration only as we wrote it, a log only while it is empty. */
function mayTake({ made, configText, config, accounts }: HostFacts, { kind, at }: Wish, host: Host): boolean {
  if (kind === 'group') return made.includes(`group ${at}`) && !isUsedByOthers(host, at, accounts);
  if (kind === 'account') return made.includes(`account ${at}`);
  if (kind === 'log') return lstatOrNull(host.path(at))?.size === 0;
  if (at === CONFIG_PATH) return made.includes(`file ${at}`) && configText === openTemplates()(CONFIG_PATH);
  if (at === config.root) return made.includes(`directory ${at}`);
  return true;
}

/** groupdel refuses the primary group of somebody, and whoever else was put into a group still needs it. */
function isUsedByOthers(host: Host, name: string, accounts: readonly Account[]): boolean {
  const { users, groups } = readRegister(host);
  const group = groups.get(name);
  const ours = new Set([...accounts.map((account) => account.name), WATCH_USER]);
  const primary = [...users.values()].filter(({ gid }) => gid === group?.gid).map((user) => user.name);
  return [...(group?.members ?? []), ...primary].some((member) => !ours.has(member));
}

async function taking(
  context: Context,
  workshop: Workshop,
  facts: HostFacts,
  options: UninstallOptions,
): Promise<Change[]> {
  const { host, config } = context;
  const all = options.removeUsers === true || facts.accounts.length === 0;
  const wishes = wishesFor(context, facts, all);
  const changes = difference('removing', wishes, await find(workshop, wishes)).map(
    (change): Change =>
      change.at === WATCH_FOLDER ? { kind: 'tree', at: change.at, before: {}, after: null } : change,
  );
  if (!all) return changes;
  const time = timeForName(context.now());
  const full = facts.accounts.filter(
    ({ name }) => namesIn(host.path(`${jailOf(config, name)}/${config.data}`)).length > 0,
  );
  const retiring = new Map(full.map(({ name }) => [jailOf(config, name), name]));
  const removed = removedFolder(config);
  const isThere = lstatOrNull(host.path(removed)) !== null;
  const opening: Change = {
    kind: 'directory',
    at: removed,
    before: null,
    after: { owner: 'root', group: 'root', mode: '0700' },
  };
  return [
    ...(full.length > 0 && !isThere ? [opening] : []),
    ...changes.flatMap((change) => {
      if (change.kind !== 'directory') return [change];
      const name = retiring.get(change.at);
      if (name !== undefined && change.before) return retire(config, name, change.before, time);
      return retiring.has(change.at.slice(0, change.at.lastIndexOf('/'))) && change.at.endsWith(`/${config.data}`)
        ? []
        : [change];
    }),
    ...facts.accounts.map(
      ({ name }): Change => ({ kind: 'account', at: name, before: readAccount(host, name), after: null }),
    ),
    ...(options.deleteData && (full.length > 0 || isThere)
      ? [{ kind: 'tree', at: removed, before: {}, after: null } as Change]
      : []),
  ];
}

/** What a rename or a deletion must not reach into: a volume of the customer's own. */
function refuseMounts({ host, config }: Context, accounts: readonly Account[]): void {
  for (const { name, role } of accounts) {
    const [mount] = role === 'admin' ? [] : mountsBelow(host.path(jailOf(config, name)));
    if (mount !== undefined)
      throw refused(
        `${mount} is a mount of its own; moving it would leave the host's mount table behind`,
        `umount ${mount}`,
      );
  }
}

function notesOn(
  { config }: Context,
  facts: HostFacts,
  options: UninstallOptions,
  occupied: readonly string[],
): string[] {
  const names = facts.accounts.map(({ name }) => name).join(', ');
  return [
    ...(names && !options.removeUsers ? [`these accounts remain, locked: ${names}`] : []),
    ...occupied.map((folder) => `${folder} is not empty without us and stays`),
    ...(facts.configText !== null && facts.configText !== openTemplates()(CONFIG_PATH)
      ? [`${CONFIG_PATH} was written by hand and stays`]
      : []),
    `the log stays: ${config.log.file}`,
  ];
}
