import { readFileSync } from 'node:fs';
import { hostname } from 'node:os';
import { refused } from '../../errors.ts';
import type { LedgerDb } from '../schema.ts';
import { hostNamed } from './commit.ts';

/** This machine, as its log lines name it, and what tells it from every other. */
export interface Machine {
  /** The name without its domain, which rsyslog leaves out unless it is told otherwise. */
  name: string;
  /** All that its lines can be of. */
  names: readonly string[];
  /** Null where there is none, as in some containers. */
  id: string | null;
}

export function thisMachine(): Machine {
  const whole = hostname();
  const [name = whole] = whole.split('.');
  return { name, names: [...new Set([name, whole])], id: machineId() };
}

function machineId(): string | null {
  try {
    const id = readFileSync('/etc/machine-id', 'utf8').trim();
    return /^[0-9a-f]{32}$/.test(id) ? id : null;
  } catch {
    return null;
  }
}

/**
 * The number of this machine in the ledger.
 *
 * @throws OperatorError `refused` where another machine has this name there: their sessions could not be told apart
 */
export async function registerMachine(db: LedgerDb, { name, id }: Machine): Promise<number> {
  const hostId = await hostNamed(db, name);
  if (id === null) return hostId;
  await db
    .updateTable('hosts')
    .set({ machine_id: id })
    .where('id', '=', hostId)
    .where('machine_id', 'is', null)
    .execute();
  const { machine_id: known } = await db
    .selectFrom('hosts')
    .select('machine_id')
    .where('id', '=', hostId)
    .executeTakeFirstOrThrow();
  if (known !== id)
    throw refused(
      `the ledger knows another machine of the name ${JSON.stringify(name)}`,
      'give one of the two another name: hostnamectl hostname NAME',
    );
  return hostId;
}
