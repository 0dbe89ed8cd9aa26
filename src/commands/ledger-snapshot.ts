import type { Context } from '../context.ts';
import { reasonOf, refused } from '../errors.ts';
import { accountsOf } from '../host/look.ts';
import { openQuotas, type Quotas } from '../host/quota.ts';
import { readRegister } from '../host/register.ts';
import { occupiedBelow } from '../host/storage.ts';
import { dayOf } from '../ledger/calendar.ts';
import { registerMachine, thisMachine } from '../ledger/import/machine.ts';
import { raiseNotices } from '../ledger/notices.ts';
import { type Ledger, withLedger } from '../ledger/open.ts';
import { keepSnapshots, type Measured, measuredOn, storedOn } from '../ledger/snapshots.ts';
import { AT_LEAST } from '../ledger/usage.ts';
import type { Account } from '../plan/facts.ts';
import { jailOf } from '../plan/user.ts';
import { bytesText } from '../ui/quantities.ts';
import { zoneOf } from '../zone.ts';

/** Writes down what each customer stores; made for a timer. The first snapshot of a day stays. */
export async function ledgerSnapshot(context: Context): Promise<void> {
  const { host, config, options, say, now } = context;
  if (host.sysroot !== '') throw refused('nothing is stored for anybody on an image', 'sudo sftpjail ledger snapshot');
  const time = now().getTime() * 1000;
  const day = dayOf(time, zoneOf(config.billing.timezone));
  const customers = accountsOf(config, readRegister(host)).filter(({ role }) => role !== 'admin');
  const measured = options.dryRun
    ? await measure(context, customers)
    : await withLedger(config, {}, (ledger) => keep(context, ledger, customers, day, time));
  if (options.json) say.result(JSON.stringify({ changed: !options.dryRun && measured.length > 0, day, measured }));
  else if (options.dryRun)
    for (const { user, bytes, method } of measured) say.result(`${user} ${bytesText(bytes)} (${method})`);
  else say.note(`${day}: ${measured.length} of ${customers.length} customers measured.`);
}

async function keep(
  context: Context,
  { db }: Ledger,
  customers: readonly Account[],
  day: string,
  now: number,
): Promise<Measured[]> {
  const hostId = await registerMachine(db, thisMachine());
  const known = await measuredOn(db, hostId, day);
  const measured = await measure(
    context,
    customers.filter(({ name }) => !known.has(name)),
  );
  await keepSnapshots(db, { hostId, day, now }, measured);
  const { billing } = context.config;
  const stored = await storedOn(
    db,
    day,
    measured.map(({ user }) => user),
  );
  await raiseNotices(
    db,
    billing,
    [...stored].map(([user, used]) => ({ user, kind: 'storage', used })),
    now,
  );
  return measured;
}

/** What is damaged about one account keeps no other from being measured; its day is missing then. */
async function measure(context: Context, customers: readonly Account[]): Promise<Measured[]> {
  const quotas = openQuotas(context.host);
  const measured: Measured[] = [];
  for (const customer of customers) {
    try {
      const found = await measureOne(context, quotas, customer);
      if (found) measured.push(found);
      else context.say.warn(`${customer.name} has no data folder to be measured`);
    } catch (error) {
      context.say.warn(`${customer.name} is not measured: ${reasonOf(error)}`);
    }
  }
  return measured;
}

const ATTEMPTS = 3;

async function measureOne(
  { host, config }: Context,
  quotas: Quotas,
  { name: user, uid }: Account,
): Promise<Measured | null> {
  const path = host.path(`${jailOf(config, user)}/${config.data}`);
  const quota = await quotas.of(path, uid);
  if (quota) return { user, bytes: quota.bytes, files: quota.files, method: 'quota' };
  let most: Measured | null = null;
  for (let attempt = 1; attempt <= ATTEMPTS; attempt++) {
    const found = occupiedBelow(path);
    if (found === null) return null;
    const { bytes, files, isWhole } = found;
    if (isWhole) return { user, bytes, files, method: 'walk' };
    if (most === null || bytes > most.bytes) most = { user, bytes, files, method: AT_LEAST };
  }
  return most;
}
