import { createHash } from 'node:crypto';
import { sql } from 'kysely';
import { beginning, type Head, hexOf, step } from './chain.ts';
import { Positions } from './positions.ts';
import { type Entry, readChain } from './read-chain.ts';
import type { LedgerDb, Row } from './schema.ts';
import { parseSums, type Sums } from './sums.ts';

/** The first entry of a chain that is not as it was when it entered. */
export interface Wrong {
  /** In the chain; null of what is in no chain. */
  position: number | null;
  /** As `sessions --json` names it. */
  session: string | null;
  /** What is wrong with it, after its name: "was changed since". */
  what: string;
}

/** What was found of one host. */
export interface Verdict {
  host: string;
  /** As far as the chain is right. */
  head: Head;
  /** How many entries are there to be looked at. */
  entries: number;
  wrong: Wrong | null;
  /** Sessions of which what was personal was erased. */
  erased: { pseudonym: string; sessions: number; at: number }[];
  pruned: { position: number; before: number; at: number; sums: Sums } | null;
}

/** A head that was noted elsewhere: in a system log, in a statement. */
export interface NotedHead extends Head {
  host: string;
  /** Where: `statement 2026-0001`. */
  by: string;
}

export interface Findings {
  hosts: Verdict[];
  /** Of what is of no host at all, the first thing. */
  stray: string | null;
}

interface Host {
  id: number;
  name: string;
}

/** Looks at every row that entered a chain, of each host, and whether each chain has the heads that were noted of it. */
export async function verifyLedger(db: LedgerDb, noted: readonly NotedHead[]): Promise<Findings> {
  const verdicts: Verdict[] = [];
  const all = [...noted, ...(await notedInStatements(db))];
  const hosts = await db.selectFrom('hosts').select(['id', 'name']).orderBy('id').execute();
  for (const host of hosts)
    verdicts.push(
      await verifyHost(
        db,
        host,
        all.filter((head) => head.host === host.name),
      ),
    );
  for (const name of new Set(all.map(({ host }) => host)))
    if (!hosts.some((host) => host.name === name)) verdicts.push(missingHost(name));
  return { hosts: verdicts, stray: (await changedStatement(db)) ?? (await strayRow(db)) };
}

const missingHost = (host: string): Verdict => ({
  ...{ host, head: { position: 0, hash: beginning(host) }, entries: 0, erased: [], pruned: null },
  wrong: { position: 1, session: null, what: 'is missing, and so is all of this host' },
});

/** JSON of the heads in a statement. */
type Heads = [host: string, position: number, hash: string][];

async function notedInStatements(db: LedgerDb): Promise<NotedHead[]> {
  const rows = await db.selectFrom('statements').select(['number', 'heads']).orderBy('id').execute();
  return rows.flatMap(({ number, heads }) =>
    (JSON.parse(heads) as Heads).map(([host, position, hash]) => ({
      ...{ host, position, hash: Buffer.from(hash, 'hex'), by: `statement ${number}` },
    })),
  );
}

async function changedStatement(db: LedgerDb): Promise<string | null> {
  const statements = await db.selectFrom('statements').select('id').orderBy('id').execute();
  for (const { id } of statements) {
    const row = await db.selectFrom('statements').selectAll().where('id', '=', id).executeTakeFirstOrThrow();
    const digest = createHash('sha256').update(row.text).digest('hex');
    if (digest !== row.sha256) return `the text of statement ${row.number} was changed since it was made final`;
  }
  return null;
}

async function verifyHost(db: LedgerDb, host: Host, noted: readonly NotedHead[]): Promise<Verdict> {
  const checkpoints = await db
    .selectFrom('checkpoints')
    .selectAll()
    .where('host_id', '=', host.id)
    .orderBy('id')
    .execute();
  const newest = checkpoints.at(-1) ?? null;
  const erasures = await db.selectFrom('erasures').selectAll().where('host_id', '=', host.id).orderBy('id').execute();
  const corrections = await db.selectFrom('corrections').select('id').where('host_id', '=', host.id).execute();
  const walk = new Walk(host, newest, erasures, noted, [
    ...corrections.map(({ id }) => `correction ${id}`),
    ...erasures.map(({ id }) => `erasure ${id}`),
    ...checkpoints.slice(-1).map(({ id }) => `checkpoint ${id}`),
  ]);
  for await (const entry of readChain(db, host.id, walk.isHollow)) {
    walk.look(entry);
    if (walk.wrong !== null) break;
  }
  const wrong = walk.wrong ?? walk.end() ?? (await strangerIn(db, host));
  return {
    host: host.name,
    head: walk.head,
    entries: walk.entries,
    wrong,
    erased: erasures.map(({ pseudonym, sessions, erased_at }) => ({ pseudonym, sessions, at: erased_at })),
    pruned: newest && {
      ...{ position: newest.position, before: newest.before_at, at: newest.recorded_at },
      sums: parseSums(newest.sums),
    },
  };
}

/** Goes along the chain of a host. */
class Walk {
  head: Head;
  entries = 0;
  wrong: Wrong | null = null;
  readonly isHollow: (position: number) => boolean;
  private readonly erasures: readonly { pseudonym: string; positions: Positions }[];
  private readonly noted: readonly NotedHead[];
  private readonly entered = new Set<string>();
  /** What should have entered the chain beside sessions. */
  private readonly known: readonly string[];

  constructor(
    host: Host,
    newest: Row<'checkpoints'> | null,
    erasures: readonly Row<'erasures'>[],
    noted: readonly NotedHead[],
    known: readonly string[],
  ) {
    const { position, hash } = newest ?? { position: 0, hash: beginning(host.name) };
    this.head = { position, hash };
    const hollow = new Positions(newest?.hollow ?? '');
    this.isHollow = (position) => hollow.has(position);
    this.erasures = erasures.map(({ pseudonym, positions }) => ({ pseudonym, positions: new Positions(positions) }));
    this.known = known;
    this.noted = noted;
    this.compareHead();
  }

  look(entry: Entry): void {
    const { row, session } = entry;
    const what = this.complaint(entry);
    if (what !== null) {
      const position = Math.min(row.position, this.head.position + 1);
      const isMissing = position !== row.position;
      this.wrong = { position, session: isMissing ? null : (session?.row.session_key ?? null), what };
      return;
    }
    this.entries++;
    this.head = { position: row.position, hash: row.hash };
    this.entered.add(`${row.kind} ${row.entry_id}`);
    this.compareHead();
  }

  /** What is wrong with what the whole chain should have. */
  end(): Wrong | null {
    const { position } = this.head;
    const missing = this.noted.find((head) => head.position > position);
    if (missing)
      return {
        position: position + 1,
        session: null,
        what: `is missing, and so is all up to entry ${missing.position}, which ${missing.by} tells of`,
      };
    const stranger = this.known.find((name) => !this.entered.has(name));
    if (stranger === undefined) return null;
    return { position: null, session: null, what: `${stranger} never entered the chain` };
  }

  private complaint({ row, now, session }: Entry): string | null {
    const { position, kind, content, personal, hash, row_key } = row;
    if (position !== this.head.position + 1)
      return position > this.head.position ? 'is missing' : 'should have been pruned';
    if (!isSame(hash, step(this.head.hash, row)))
      return 'does not follow from the one before it: an entry was changed, removed or put elsewhere';
    if (this.isHollow(position)) return row_key === null ? null : 'was pruned, and its key is still there';
    if (now === null) return `is gone: there is no such ${kind}`;
    if (!isSame(content, now.content)) return 'was changed since it entered the chain';
    if (session === null) return isSame(personal, now.personal) ? null : 'was changed since it entered the chain';
    const pseudonym = this.pseudonymAt(position);
    if (pseudonym === null && row_key === null) return 'has lost its key, and no erasure says so';
    if (pseudonym === null && !isSame(personal, now.personal))
      return 'was changed since it entered the chain: a name, an address or a key';
    if (pseudonym !== null && (row_key !== null || session.hasPersonal || session.row.user_name !== pseudonym))
      return `was erased as ${pseudonym}, and something personal stands in it`;
    if (session.superseded.has(session.isCorrected ? 0 : 1))
      return session.isCorrected
        ? 'counts, though later evidence took its place'
        : 'does not count, though nothing took its place';
    return null;
  }

  private pseudonymAt(position: number): string | null {
    return this.erasures.find(({ positions }) => positions.has(position))?.pseudonym ?? null;
  }

  /** Once the chain stands where a head was noted. */
  private compareHead(): void {
    const { position, hash } = this.head;
    const other = this.noted.find((head) => head.position === position && !isSame(head.hash, hash));
    if (other === undefined) return;
    const what = `is another than ${other.by} tells of: its hash is ${hexOf(hash)} and not ${hexOf(other.hash)}`;
    this.wrong ??= { position, session: null, what };
  }
}

const isSame = (one: Uint8Array, other: Uint8Array): boolean => Buffer.compare(one, other) === 0;

/** A session that never entered the chain. */
async function strangerIn(db: LedgerDb, { id }: Host): Promise<Wrong | null> {
  const session = await db
    .selectFrom('sessions as s')
    .select('s.session_key')
    .where('s.host_id', '=', id)
    .where(({ not, exists, selectFrom }) =>
      not(
        exists(
          selectFrom('chain as c')
            .select('c.position')
            .where('c.kind', '=', 'session')
            .whereRef('c.entry_id', '=', 's.id')
            .whereRef('c.host_id', '=', 's.host_id'),
        ),
      ),
    )
    .orderBy('s.id')
    .limit(1)
    .executeTakeFirst();
  if (session === undefined) return null;
  return { position: null, session: session.session_key, what: 'never entered the chain' };
}

/** A transfer or change without a session. */
async function strayRow(db: LedgerDb): Promise<string | null> {
  for (const table of ['transfers', 'changes'] as const) {
    const { rows } = await sql<{ session_id: number; n: number }>`
      SELECT session_id, n FROM ${sql.table(table)} t
      WHERE NOT EXISTS (SELECT 1 FROM sessions s WHERE s.id = t.session_id) ORDER BY session_id, n LIMIT 1`.execute(db);
    const [row] = rows;
    if (row) return `row ${row.session_id}, ${row.n} of ${table} is of no session`;
  }
  return null;
}
