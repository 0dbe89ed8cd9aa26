import type { Pool } from 'pg';
import type { Config } from '../config.ts';
import { readSecret } from '../watch/secret.ts';
import { loadDriver } from './driver.ts';

/** Numbers of types, from pg_type: what pg gives as text, because it can have more digits than a number. */
const [INT8, NUMERIC] = [20, 1700];

/** Milliseconds. */
const PATIENCE = 15_000;

/** @throws OperatorError `refused` where pg is not installed, or the password cannot be read */
export async function openPool({ ledger }: Pick<Config, 'ledger'>): Promise<Pool> {
  const { database, passwordFile } = ledger;
  const pg = await loadDriver('pg', async () => (await import('pg')).default);
  const password = passwordFile === null ? undefined : readSecret(passwordFile);
  // In the options, the empty password of the address would take its place.
  if (password !== undefined) pg.defaults.password = password;
  const pool = new pg.Pool({
    ...{ connectionString: database, max: 3, connectionTimeoutMillis: PATIENCE, keepAlive: true },
    ...{ application_name: 'sftpjail', idleTimeoutMillis: 60_000 },
    // Bytes, microseconds and their sums are far below 2^53.
    types: {
      getTypeParser: ((oid: number, format?: 'text') =>
        oid === INT8 || oid === NUMERIC ? Number : pg.types.getTypeParser(oid, format)) as never,
    },
  });
  // A connection that is lost while nobody uses it: whoever wants one next gets another, or is told.
  pool.on('error', () => {});
  return pool;
}
