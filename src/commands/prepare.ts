import { socketsOf } from '../conf/sockets.ts';
import { secretsOf } from '../conf/systemd.ts';
import type { Templates } from '../conf/template.ts';
import { CONFIG_PATH } from '../config.ts';
import type { Context } from '../context.ts';
import { refused } from '../errors.ts';
import type { Host } from '../host/host.ts';
import { lookAtHost } from '../host/look.ts';
import { installMissing, refuseMissing } from '../host/packages.ts';
import type { Secret } from '../host/password.ts';
import { lstatOrNull, namesIn } from '../host/read.ts';
import { readRegister } from '../host/register.ts';
import { endsContainer } from '../host/services/bare.ts';
import { openServices } from '../host/services/open.ts';
import { openTemplates } from '../host/templates.ts';
import type { Change, Plan } from '../plan/change.ts';
import type { HostFacts, HostKind } from '../plan/facts.ts';
import { forensicNotes, unwantedForensic } from '../plan/forensic.ts';
import { CHECKS, hasUnits, unwantedUnits, wantFoundation, wantServices } from '../plan/host.ts';
import { wantLedgerFolder } from '../plan/ledger.ts';
import { keepOccupied } from '../plan/removal.ts';
import { unwantedSessionHooks, wantSessionHooks } from '../plan/session-hooks.ts';
import { sharesIn, wantShares } from '../plan/shares.ts';
import { type Person, wantDeclared, wantJail, wantLink } from '../plan/user.ts';
import { unwantedHelpers, WATCH_FOLDER, WATCH_USER, wantWatch } from '../plan/watch.ts';
import { difference, neighbours, type Wish } from '../plan/wish.ts';
import { find, openWorkshop, type Workshop } from './carry-out.ts';
import { judgeForensic } from './judge-forensic.ts';
import { judgeConfigurations, judgeHost, judgeMounts, type Newcomer } from './judge-host.ts';
import { judgeLayout, judgeMembers } from './judge-layout.ts';
import { judgeSessionHooks } from './judge-session-hooks.ts';
import { judgeShares } from './judge-shares.ts';

/** What a command that prepares a host can be told beyond the global options. */
export interface PrepareOptions {
  installPackages?: boolean;
}

export { socketsOf };

/** What makes a plan for a host: the facts, the tools, and the wishes for everything that is not an account. */
export interface Preparation {
  workshop: Workshop;
  /** Finds the facts and refuses a host that does not fit. */
  look(newcomers: readonly Newcomer[]): Promise<HostFacts>;
  /** The plan that makes the host so, with an account's wishes where they belong. */
  planFor(facts: HostFacts, account: readonly Wish[], people: readonly Person[]): Promise<Plan>;
}

export async function prepare(
  context: Context,
  options: PrepareOptions,
  secrets: ReadonlyMap<string, Secret> = new Map(),
): Promise<Preparation> {
  const { host, config, self, say, typed } = context;
  if (options.installPackages && !context.options.dryRun) await installMissing(host, config, (text) => say.note(text));
  refuseMissing(host, config, typed);
  let sockets: readonly string[] = [];
  const workshop = openWorkshop(context, secrets, () => sockets);
  const templates = openTemplates();
  return {
    workshop,

    async look(newcomers) {
      const facts = await lookAtHost(host, config, openServices(host).kind, self);
      judgeLayout(host, config);
      refuseUnfit(host, facts);
      await judgeSessionHooks(host, facts);
      judgeMembers(host, config);
      judgeHost(host, facts, newcomers);
      judgeForensic(host, facts);
      return facts;
    },

    async planFor(facts, account, people) {
      const shares = sharesIn({ accounts: people, declared: facts.declared });
      judgeMounts(host, facts, people);
      judgeShares(host, facts, shares);
      sockets = socketsOf(facts);
      const wishes = [
        ...wantFoundation(facts, templates),
        ...neighbours(people.flatMap((person) => wantJail(config, person))),
        ...wantServices(facts, templates),
        ...people.flatMap((person) => wantLink(config, facts.kind, person)),
        ...wantShares(facts, templates, shares),
        ...(config.watch.enabled && account.length === 0
          ? [...facts.declaredTexts].map(([name, text]) => wantDeclared(config, name, text))
          : []),
        ...wantLedgerFolder(facts),
        ...(config.watch.enabled && hasUnits(facts.kind) ? wantWatch(facts, templates) : []),
        ...wantSessionHooks(facts),
        ...account,
      ];
      const unwanted = [
        ...unwantedUnits(facts, templates),
        ...(hasUnits(facts.kind) ? unwantedHelpers(facts, templates) : []),
        ...unwantedWatch(facts, templates),
        ...unwantedSessionHooks(facts),
      ];
      const [foundUnwanted, found] = await Promise.all([find(workshop, unwanted), find(workshop, wishes)]);
      const taken = keepOccupied(difference('removing', unwanted, foundUnwanted), (folder) =>
        namesIn(host.followed(folder)),
      );
      const forensic = unwantedForensic(facts, templates);
      const changes = [
        ...taken.changes,
        ...difference('building', wishes, found),
        // Last: until then sshd prints what these keep out of the logs.
        ...difference('removing', forensic, await find(workshop, forensic)),
      ];
      const { services } = workshop.tools;
      const restarts = changes.some(({ kind, at }) => kind === 'sync' && at === 'rsyslog');
      if (restarts && services.kind === 'none' && (await services.rsyslogPid()) === 1) throw endsContainer('rsyslogd');
      if (changes.some(({ kind, at }) => kind === 'sync' && (at === 'sshd' || at === 'rsyslog')))
        await judgeConfigurations(host, workshop.tools);
      const done = withoutDaemons(facts.kind, changes);
      return { command: typed, changes: done, notes: notesOn(facts, done.length > 0) };
    },
  };
}

/** The daemon is not wanted any more; what it has kept and its user go with everything else. */
const unwantedWatch = (facts: HostFacts, templates: Templates): Wish[] =>
  facts.config.watch.enabled || !facts.watch.isInstalled || !hasUnits(facts.kind)
    ? []
    : wantWatch(facts, templates).filter(({ at }) => at !== WATCH_FOLDER);

/** Of what the daemon is told to use. */
function refuseUnfit(host: Host, { config, made }: HostFacts): void {
  if (!config.watch.enabled && !config.ledger.enabled) return;
  for (const path of config.watch.enabled ? secretsOf(config) : [config.ledger.passwordFile ?? []].flat())
    if (lstatOrNull(host.followed(path)) === null)
      throw refused(`there is no file ${path}, which ${CONFIG_PATH} names`, `install -m 600 /dev/stdin ${path}`);
  if (!config.watch.enabled) return;
  const { user } = config.hooks;
  const { users } = readRegister(host);
  if (users.has(WATCH_USER) && !made.includes(`account ${WATCH_USER}`))
    throw refused(
      `there is an account ${WATCH_USER} already, which sftpjail did not make`,
      `getent passwd ${WATCH_USER}`,
    );
  if (user !== WATCH_USER && !users.has(user))
    throw refused(`there is no account ${user}, which hooks.user names`, `getent passwd ${user}`);
}

/** On an image nothing runs: no daemon can be asked, is brought in step with the disk, or makes a socket. */
export const withoutDaemons = (kind: HostKind, changes: readonly Change[]): Change[] =>
  changes.filter((change) => kind !== 'image' || !needsDaemon(change));

const needsDaemon = ({ kind, at }: Change): boolean =>
  kind === 'socket' ||
  kind === 'mount' ||
  kind === 'sync' ||
  (kind === 'check' && [CHECKS.socketIsRead, CHECKS.runningSshd, CHECKS.effective].some((name) => name === at));

function notesOn(facts: HostFacts, changes: boolean): string[] {
  const { kind, rsyslog, config } = facts;
  if (!changes) return [];
  return [
    ...(kind === 'none'
      ? ['nothing brings services up on this host: sshd and rsyslogd are started where they do not run']
      : []),
    ...(rsyslog.turnOffReduction
      ? ["$RepeatedMsgReduction is turned off for the whole of rsyslog: it would take lines out of the jails' log"]
      : []),
    ...forensicNotes(facts),
    ...(config.watch.enabled && !hasUnits(kind) ? ['start this with every boot: sftpjail watch'] : []),
    ...(kind !== 'systemd' && kind !== 'image' && config.log.socket === 'shared'
      ? ['whoever restarts rsyslog here must run afterwards: sftpjail refresh-links']
      : []),
  ];
}
