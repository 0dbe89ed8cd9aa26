import { dirname } from 'node:path';
import { fromErrno, OperatorError, reasonOf } from '../errors.ts';
import { shellQuote } from '../quote.ts';

/** Of SQLite (sqlite3.h): what the machine is to blame for. */
const SQLITE: Readonly<Record<number, string>> = {
  5: 'another process is writing to it: fuser -v FILE',
  8: 'run it as root, with sudo; ls -l FILE',
  10: 'dmesg --level err',
  11: 'restore it from a backup; the logs can be imported again: mv FILE FILE.damaged',
  13: 'df -h FOLDER',
  14: 'run it as root, with sudo; ls -ld FOLDER',
  26: 'move it away: mv FILE FILE.other',
};

const NAMES: Readonly<Record<string, number>> = {
  ...{ SQLITE_BUSY: 5, SQLITE_READONLY: 8, SQLITE_IOERR: 10, SQLITE_CORRUPT: 11, SQLITE_FULL: 13 },
  ...{ SQLITE_CANTOPEN: 14, SQLITE_NOTADB: 26 },
};

/** Of PostgreSQL (errcodes-appendix) and of connecting to it, by how the code begins. */
const POSTGRES: readonly (readonly [RegExp, string])[] = [
  [/^28/, 'see ledger.database and ledger.passwordFile in /etc/sftpjail/config.yaml'],
  [/^3D000$/, 'make the database: createdb NAME'],
  [/^42501$/, 'the role must own the database: ALTER DATABASE NAME OWNER TO ROLE'],
  [/^53/, 'see to the room and the connections of the PostgreSQL server'],
  [/^(08|57P)/, 'see whether the PostgreSQL server runs; what is in the logs waits there'],
  [
    /^(ECONN|ENOENT|ENOTFOUND|EAI_|ETIMEDOUT|EHOST|ENET|EPIPE)/,
    'see whether the PostgreSQL server runs; what is in the logs waits there',
  ],
  [/^(CERT|DEPTH|SELF|UNABLE|ERR_TLS)/, 'see sslmode and sslrootcert in ledger.database'],
];

/** pg tells of a lost connection in words alone. */
const LOST =
  /^(Connection terminated|Client has encountered a connection error|timeout exceeded when trying to connect|The server does not support SSL)/;

/** What a database refused, in the operator's words; anything else as it is. @param where the ledger is, without a password */
export function explained(thrown: unknown, where: string): unknown {
  if (thrown instanceof OperatorError || !(thrown instanceof Error)) return thrown;
  const { code = '', errcode } = thrown as NodeJS.ErrnoException & { errcode?: number };
  const hint = where.startsWith('/') ? sqliteHint(code, errcode, where) : postgresHint(code, thrown.message);
  if (hint === undefined) return fromErrno(thrown) ?? thrown;
  return new OperatorError('refused', `the ledger in ${where}: ${wordsOf(thrown)}`, hint, thrown);
}

function sqliteHint(code: string, errcode: number | undefined, file: string): string | undefined {
  // The lower byte is the primary code.
  const primary = errcode === undefined ? NAMES[code.split('_').slice(0, 2).join('_')] : errcode & 0xff;
  return SQLITE[primary ?? 0]?.replaceAll('FILE', shellQuote(file)).replaceAll('FOLDER', shellQuote(dirname(file)));
}

const postgresHint = (code: string, message: string): string | undefined =>
  POSTGRES.find(([pattern]) => pattern.test(code))?.[1] ??
  (LOST.test(message) ? 'see whether the PostgreSQL server runs; what is in the logs waits there' : undefined);

/** Several addresses that all refused have no message together. */
const wordsOf = (error: Error): string =>
  error instanceof AggregateError ? error.errors.map(reasonOf).join('; ') : error.message;
