import { FORENSIC_LOG_FOLDER } from '../conf/forensic.ts';
import { CONFIG_PATH } from '../config.ts';
import type { Context } from '../context.ts';
import { wrongUsage } from '../errors.ts';
import type { Host } from '../host/host.ts';
import { lookAtHost } from '../host/look.ts';
import { lstatOrNull, namesIn } from '../host/read.ts';
import { readRegister } from '../host/register.ts';
import { openTemplates } from '../host/templates.ts';
import type { Change } from '../plan/change.ts';
import type { Account, HostFacts } from '../plan/facts.ts';
import { wantForensic } from '../plan/forensic.ts';
import { foldersAbove, unwantedUnits, wantFoundation, wantServices } from '../plan/host.ts';
import { wantLedgerFolder } from '../plan/ledger.ts';
import { finalLast, keepOccupied } from '../plan/removal.ts';
import { removedFolder, retire } from '../plan/retire.ts';
import { ANY_LINE } from '../plan/session-hooks.ts';
import { sharesOf, wantShares } from '../plan/shares.ts';
import { jailOf, ownedBy, REMOVED_FOLDER, wantLink } from '../plan/user.ts';
import { unwantedHelpers, WATCH_FOLDER, WATCH_USER, wantWatch, wantWatchUser } from '../plan/watch.ts';
import { difference, type Wish } from '../plan/wish.ts';
import { accessNow, declareAccess } from './access.ts';
import { carryOut, find, openWorkshop, planForPrograms, type Workshop } from './carry-out.ts';
import { judgeLayout } from './judge-layout.ts';
import { accountGone, asideFor, close, opening, refuseMounts } from './removal.ts';

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
      if (options.removeUsers) refuseMounts(host, facts, facts.accounts);
      const locks = new Map(facts.accounts.map((each) => [each.name, { ...accessNow(facts, each), locked: true }]));
      const wanted = [
        ...(options.removeUsers ? [] : await declareAccess(workshop, facts, locks)),
        ...(await close(
          host,
          facts.accounts.map(({ name }) => name),
        )),
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

/** The wishes that are taken back: without `--remove-users` only what makes the host log and serve. */
function wishesFor({ host, config }: Context, facts: HostFacts, all: boolean): Wish[] {
  const templates = openTemplates();
  const { accounts, kind, watch } = facts;
  const foundation = [...(watch.isInstalled ? wantWatchUser(facts) : []), ...wantFoundation(facts, templates)];
  const ours = [...new Map(foundation.map((wish) => [`${wish.kind} ${wish.at}`, wish])).values()].filter(
    (wish) => wish.kind === 'socket' || (all && mayTake(facts, wish, host)),
  );
  const own = accounts.flatMap((account) => ownedBy(config, account).filter((wish) => all || wish.kind === 'socket'));
  return [
    ...ours,
    ...own,
    ...(leavesForensic(facts) && !config.forensic.enabled ? wantForensic(facts, templates) : []),
    ...wantServices(facts, templates),
    // As in the order of building: undone, a link needs the socket that the services bring back.
    ...accounts.flatMap((account) => wantLink(config, kind, account)),
    ...wantShares(facts, templates, facts.shareMounts).filter(
      ({ at }) => all || !`${at}/`.startsWith(`${sharesOf(config)}/`),
    ),
    // Undone, the daemon starts in a namespace that this folder has to be there for.
    ...wantLedgerFolder(facts).filter(({ kind, at }) => kind !== 'log' || lstatOrNull(host.path(at))?.size === 0),
    ...unwantedUnits(facts, templates),
    ...(facts.hasPamLine ? [ANY_LINE] : []),
    ...unwantedHelpers(facts, templates),
    ...(facts.watch.isInstalled ? wantWatch(facts, templates) : []),
  ];
}

const leavesForensic = ({ forensic }: HostFacts): boolean => forensic.isInstalled || forensic.hasLog;

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
      change.at === WATCH_FOLDER || change.at === FORENSIC_LOG_FOLDER
        ? { kind: 'tree', at: change.at, before: {}, after: null }
        : change,
  );
  if (!all) return changes;
  const full = facts.accounts.filter(
    ({ name }) => namesIn(host.path(`${jailOf(config, name)}/${config.data}`)).length > 0,
  );
  const aside = asideFor(context, full);
  const removed = removedFolder(config);
  const isThere = lstatOrNull(host.path(removed)) !== null;
  const shared = sharesOf(config);
  const goes = options.deleteData === true && lstatOrNull(host.path(shared)) !== null;
  const others = changes.filter(({ at }) => !(goes && `${at}/`.startsWith(`${shared}/`)));
  return [
    ...(aside.size > 0 && !isThere ? [opening(config)] : []),
    ...retire(config, others, aside),
    ...facts.accounts.map(({ name }) => accountGone(host, name)),
    ...(options.deleteData && (aside.size > 0 || isThere) ? [treeGone(removed)] : []),
    ...(goes ? [treeGone(shared)] : []),
  ];
}

const treeGone = (at: string): Change => ({ kind: 'tree', at, before: {}, after: null });

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
    ...(facts.watch.isInstalled
      ? [`mail and messages that could not be delivered yet are deleted: ${WATCH_FOLDER}`]
      : []),
    ...(facts.forensic.hasLog
      ? [`what was written down of sessions that went wrong is deleted: ${FORENSIC_LOG_FOLDER}`]
      : []),
    `the log stays: ${config.log.file}`,
  ];
}
