import { renderDeclared } from '../conf/declared.ts';
import { effectiveFor, SSHD_DROP_IN } from '../conf/sshd-drop-in.ts';
import type { Context } from '../context.ts';
import { refused } from '../errors.ts';
import { lstatOrNull } from '../host/read.ts';
import { type Access, accessOf, declaredWith, expiryFor } from '../plan/access.ts';
import type { Change } from '../plan/change.ts';
import type { Account, HostFacts } from '../plan/facts.ts';
import { CHECKS } from '../plan/host.ts';
import { wantDeclared } from '../plan/user.ts';
import { difference, type Wish } from '../plan/wish.ts';
import { find, type Workshop } from './carry-out.ts';
import { judgeSelf } from './judge-self.ts';
import { withoutDaemons } from './prepare.ts';
import { close } from './removal.ts';
import { tellServices } from './tell-services.ts';

/** The account of ours of that name. @throws OperatorError `refused` */
export function accountNamed({ accounts }: Pick<HostFacts, 'accounts'>, name: string): Account {
  const account = accounts.find((each) => each.name === name);
  if (account === undefined) throw refused(`there is no account ${name} of ours`, 'sftpjail list-users');
  return account;
}

/** What is to change so that accounts can be logged in to, or cannot, as is wanted of each. */
export async function planAccess(
  context: Context,
  workshop: Workshop,
  facts: HostFacts,
  wanted: ReadonlyMap<string, Access>,
): Promise<Change[]> {
  const { host } = context;
  const declared = new Map(facts.declared);
  for (const [name, access] of wanted) declared.set(name, declaredWith(declared.get(name) ?? {}, access));
  const expiries = [...wanted].map(([at, access]): Wish => ({ kind: 'expiry', at, state: expiryFor(access) }));
  const days = difference('building', expiries, await find(workshop, expiries));
  const locked = [...wanted].flatMap(([name, access]) => (access.locked ? [name] : []));
  const opened = days.flatMap(({ at }) => (wanted.get(at)?.locked ? [] : [accountNamed(facts, at)]));
  if (opened.length > 0) refuseUnprepared(context);
  if (locked.some((name) => wanted.get(name)?.until != null)) refuseWithoutTimer(context, facts);
  const changes = [
    ...(await tellServices(workshop, facts, { ...facts, declared })),
    ...(await declareAccess(workshop, facts, wanted)),
    ...checksOf(facts, opened),
    ...days,
    ...(await close(host, locked)).filter(({ kind }) => kind === 'sessions'),
  ];
  return withoutDaemons(facts.kind, changes);
}

/** What a lock has to remember until it ends is declared, and no longer than that. */
export async function declareAccess(
  workshop: Workshop,
  facts: HostFacts,
  wanted: ReadonlyMap<string, Access>,
): Promise<Change[]> {
  const files: Wish[] = [];
  const gone: Wish[] = [];
  for (const [name, access] of wanted) {
    const before = facts.declared.get(name) ?? {};
    const after = declaredWith(before, access);
    if (renderDeclared(before) === renderDeclared(after)) continue;
    (Object.keys(after).length === 0 ? gone : files).push(wantDeclared(facts.config, name, renderDeclared(after)));
  }
  const found = await find(workshop, [...files, ...gone]);
  return [...difference('removing', gone, found), ...difference('building', files, found)];
}

/** An account that is opened where sshd does not confine it would reach the whole host. */
function checksOf({ config, declared }: HostFacts, opened: readonly Account[]): Change[] {
  if (opened.length === 0) return [];
  const check = (at: string, more: object = {}): Change => ({
    kind: 'check',
    at,
    before: null,
    after: { reads: [], ...more },
  });
  return [
    check(CHECKS.runningSshd),
    ...opened.map(({ name, role }) =>
      check(CHECKS.effective, { user: name, expected: effectiveFor(config, role, declared.get(name)) }),
    ),
  ];
}

export function refuseUnprepared({ host }: Context): void {
  if (lstatOrNull(host.path(SSHD_DROP_IN)) === null)
    throw refused('this host is not prepared, so sshd would not lock anybody into a jail', 'sftpjail init');
}

function refuseWithoutTimer(context: Context, facts: HostFacts): void {
  if (facts.kind !== 'systemd' && facts.kind !== 'image')
    throw refused(
      'without systemd nothing here would unlock on that date',
      'leave out --until, and let cron or at run on that day: sftpjail unlock-user NAME',
    );
  refuseUnprepared(context);
  judgeSelf(facts);
}

/** How an account can be logged in to now. */
export const accessNow = (facts: HostFacts, { name, expires }: Account): Access =>
  accessOf({ expires }, facts.declared.get(name));
