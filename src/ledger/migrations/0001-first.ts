import { type Column, type Dialect, renderTable, renderView, type Table, type View } from './tables.ts';

const EVIDENCE: readonly Column[] = [
  ['source_id', 'number', 'The file with the line that tells it.'],
  ['source_offset', 'number', 'Where that line begins in the file, uncompressed, in bytes.'],
];

const COUNTS = 'Later evidence told more of the session: the row is kept for the chain, and not counted.';

export const TABLES: readonly Table[] = [
  {
    name: 'hosts',
    comment: 'The machines whose logs are in the ledger.',
    columns: [
      ['id', 'id', 'Number of the host.'],
      ['name', 'text', 'Its name, as it stands in its log lines.'],
      ['machine_id', 'text?', 'From /etc/machine-id; empty where the host itself has not imported yet.'],
      ['added_at', 'micros', 'When it was seen first: microseconds since 1970, UTC.'],
    ],
    unique: [['name']],
  },
  {
    name: 'sources',
    comment: 'The files that were read. A file is known by its first bytes, whatever its name and compression.',
    columns: [
      ['id', 'id', 'Number of the file.'],
      ['host_id', 'number', 'The host that read it.'],
      ['path', 'text', 'Where it stood when it was read last.'],
      [
        'head_bytes',
        'integer',
        'How many of its first bytes, uncompressed, were hashed: 1024 where there are as many.',
      ],
      ['head_sha256', 'text', 'SHA-256 of them, in hexadecimal digits.'],
      ['read_to', 'number', 'How many of its bytes, uncompressed, have been read.'],
      ['seen_at', 'micros', 'When it was read last: microseconds since 1970, UTC.'],
    ],
    unique: [['host_id', 'head_sha256', 'head_bytes']],
    references: { host_id: 'hosts' },
  },
  {
    name: 'readers',
    comment: 'How far each host has read its own logs. Written in the transaction of what was read.',
    columns: [
      ['host_id', 'number', 'The host.'],
      ['version', 'number', 'Grows by one with each transaction.'],
      ['position', 'text', 'Where the reading goes on, as JSON.'],
    ],
    primaryKey: ['host_id'],
    references: { host_id: 'hosts' },
  },
  {
    name: 'told',
    comment: 'Sessions that are in the ledger and of which lines will be read once more.',
    columns: [
      ['host_id', 'number', 'The host that reads.'],
      ['session_key', 'text', 'The session.'],
      ['mark', 'number', 'Once the reading begins after this mark the row is not needed.'],
    ],
    primaryKey: ['host_id', 'session_key'],
    references: { host_id: 'hosts' },
  },
  {
    name: 'sessions',
    comment: 'One run of sftp-server each. Counts are empty where nothing is known of them.',
    columns: [
      ['id', 'id', 'Number of the session in this ledger.'],
      ['host_id', 'number', 'The host that it was on.'],
      ['session_key', 'text', 'Its id in sessions --json: the same lines give the same.'],
      ['version', 'integer', '1, and one more for each time that later evidence told more of it.'],
      ['superseded', 'truth', COUNTS],
      ['pid', 'integer', 'The process.'],
      ['user_name', 'text?', 'The account.'],
      ['client_ip', 'text?', "The client's address."],
      ['client_port', 'integer?', "The client's port."],
      ['login_method', 'text?', 'How the client logged in: publickey, password, ...'],
      ['key_type', 'text?', 'The type of the key, where it was one.'],
      ['key_fingerprint', 'text?', 'The fingerprint of the key: SHA256:...'],
      ['login_ambiguous', 'truth', 'Several logins can be behind the session; what they do not share is empty.'],
      ['opened_at', 'micros?', 'When it began: microseconds since 1970, UTC. Empty where its first lines are missing.'],
      ['closed_at', 'micros?', 'When it ended: microseconds since 1970, UTC.'],
      ['first_at', 'micros', 'When the first line was logged that was read of it: microseconds since 1970, UTC.'],
      [
        'last_at',
        'micros',
        'When the last line was logged that was read of it, to the end of that second: microseconds since 1970, UTC.',
      ],
      ['ended', 'text', 'How it ended: closed, aborted, killed, timeout, open or unknown.'],
      ['uploads', 'number?', 'Completed uploads.'],
      ['downloads', 'number?', 'Completed downloads.'],
      ['bytes_in', 'number?', 'Bytes that the client sent, partial transfers included.'],
      ['bytes_out', 'number?', 'Bytes that the client fetched, partial transfers included.'],
      ['bytes_copied', 'number', 'Bytes that were copied on the server and never crossed the wire.'],
      ['removed', 'number?', 'Files and folders that were removed.'],
      ['failed', 'number', 'Transfers and changes that are known to have failed.'],
      ['exact', 'truth', 'Nothing was left out of the counts: they are no lower bounds.'],
      ['omitted', 'number', 'Transfers and changes that are counted and have no row of their own.'],
      ['requests', 'number', 'All its transfers and changes.'],
      ...EVIDENCE,
    ],
    unique: [['session_key', 'version']],
    references: { host_id: 'hosts', source_id: 'sources' },
  },
  {
    name: 'transfers',
    comment: 'One handle on one file each, from its open to its close.',
    columns: [
      ['session_id', 'number', 'The session.'],
      ['n', 'integer', 'Its rank among the transfers and changes of the session, from 1.'],
      ['superseded', 'truth', COUNTS],
      ['direction', 'text', 'upload, download, both or none.'],
      ['status', 'text', 'completed, partial (still open when the session ended), failed (refused) or unknown.'],
      ['path', 'text', 'As seen from inside the jail; a byte that is no UTF-8 is shown as U+FFFD.'],
      ['path_raw', 'bytes?', 'The bytes of the path, where these are no UTF-8.'],
      ['path_cut', 'truth', 'The path can be longer: the log line was cut at 500 bytes.'],
      ['bytes_read', 'number?', 'Bytes that were read from the file: a download. Empty where it is not known.'],
      ['bytes_written', 'number?', 'Bytes that were written to the file: an upload. Empty where it is not known.'],
      ['exact', 'truth', 'The bytes are known. Where this is 0 they are no figure to be billed.'],
      ['copied', 'text?', 'The bytes were copied on the server and never crossed the wire: likely or certain.'],
      ['error', 'text?', 'What sftp-server said.'],
      ['opened_at', 'micros?', 'When it was opened: microseconds since 1970, UTC.'],
      ['closed_at', 'micros?', 'When its close was logged: microseconds since 1970, UTC.'],
      ...EVIDENCE,
    ],
    // References would be looked up for each of millions of rows; the chain tells whether one is missing.
    primaryKey: ['session_id', 'n'],
  },
  {
    name: 'changes',
    comment: 'Everything but transfers that was done, or tried, to files and folders.',
    columns: [
      ['session_id', 'number', 'The session.'],
      ['n', 'integer', 'Its rank among the transfers and changes of the session, from 1.'],
      ['superseded', 'truth', COUNTS],
      ['at', 'micros', 'When it was logged: microseconds since 1970, UTC.'],
      ['action', 'text', 'remove, rename, mkdir, rmdir, symlink, hardlink, set or refused.'],
      ['status', 'text', 'completed, failed or unknown.'],
      ['path', 'text?', 'What it was done to; empty where it is not known.'],
      ['path_raw', 'bytes?', 'The bytes of the path, where these are no UTF-8.'],
      ['path_cut', 'truth', 'The path can be longer: the log line was cut at 500 bytes.'],
      ['target', 'text?', 'The new name of a rename or hard link; what a symlink says.'],
      ['readings', 'text?', 'What the line can mean, where a quote in a name leaves several readings; JSON.'],
      ['attributes', 'text?', 'What was set: size, mode, modtime, uid, gid; JSON.'],
      ['request', 'text?', 'The request that was refused.'],
      ['error', 'text?', 'What sftp-server said.'],
      ...EVIDENCE,
    ],
    primaryKey: ['session_id', 'n'],
  },
  {
    name: 'chain',
    comment: 'What entered the ledger, each host in its order, each entry bound to the one before by a hash.',
    columns: [
      ['host_id', 'number', 'The host.'],
      ['position', 'number', "The place in the host's chain, from 1."],
      ['kind', 'text', 'session, correction, erasure or checkpoint.'],
      ['entry_id', 'number', 'The session, correction, erasure or checkpoint.'],
      ['content', 'bytes', 'SHA-256 of what is not personal in it.'],
      ['personal', 'bytes', 'HMAC-SHA-256 of what is personal in it, under the key of the row.'],
      ['row_key', 'bytes?', 'The key of the row; empty once what is personal was erased or pruned.'],
      ['hash', 'bytes', 'SHA-256 of the hash before, the content and the personal part.'],
    ],
    primaryKey: ['host_id', 'position'],
    references: { host_id: 'hosts' },
  },
  {
    name: 'corrections',
    comment: 'Later evidence on sessions that were in the ledger already.',
    columns: [
      ['id', 'id', 'Number of the correction.'],
      ['host_id', 'number', 'The host of the session.'],
      ['session_id', 'number', 'The row that is not counted any more.'],
      ['by_session_id', 'number', 'The row that is counted now.'],
      ['reason', 'text', 'What the later evidence told.'],
      ['recorded_at', 'micros', 'When it came: microseconds since 1970, UTC.'],
    ],
    references: { host_id: 'hosts', session_id: 'sessions', by_session_id: 'sessions' },
  },
  {
    name: 'checkpoints',
    comment: 'Where old sessions were pruned. The newest of a host says where its chain goes on.',
    columns: [
      ['id', 'id', 'Number of the checkpoint.'],
      ['host_id', 'number', 'The host.'],
      ['position', 'number', 'The last place of the chain of which, and of all before it, nothing is left.'],
      ['hash', 'bytes', 'The hash of that entry.'],
      ['hollow', 'text', 'Places behind it of which only the digests are left, for instance 3,5-9.'],
      ['sums', 'text', 'What was pruned, all in all, as JSON: sessions, transfers, changes, bytes.'],
      ['before_at', 'micros', 'What was pruned had ended before: microseconds since 1970, UTC.'],
      ['recorded_at', 'micros', 'When it was pruned: microseconds since 1970, UTC.'],
    ],
    references: { host_id: 'hosts' },
  },
  {
    name: 'statements',
    comment: 'Final statements, as they were sent.',
    columns: [
      ['id', 'id', 'Number of the row.'],
      ['number', 'text', 'The number of the statement.'],
      ['user_name', 'text', 'The account.'],
      ['month', 'text', 'The month, for instance 2026-10.'],
      ['text', 'text', 'The statement itself.'],
      ['sha256', 'text', 'SHA-256 of the text, in hexadecimal digits.'],
      ['figures', 'text', 'What was billed, as JSON; its transfers, as JSON on a second line.'],
      ['heads', 'text', 'The heads of the chains at that time, as JSON: host, position, hash.'],
      ['recorded_at', 'micros', 'When it was made final: microseconds since 1970, UTC.'],
    ],
    unique: [['number'], ['user_name', 'month']],
  },
  {
    name: 'storage_snapshots',
    comment: 'What an account stored, once a day.',
    columns: [
      ['host_id', 'number', 'The host.'],
      ['user_name', 'text', 'The account.'],
      ['day', 'text', 'The day in billing.timezone, for instance 2026-10-31.'],
      ['bytes', 'number', 'Bytes that its files occupied.'],
      ['files', 'number?', 'How many files and folders.'],
      ['method', 'text', 'How it was found: quota or walk.'],
      ['taken_at', 'micros', 'When: microseconds since 1970, UTC.'],
    ],
    primaryKey: ['host_id', 'user_name', 'day'],
    references: { host_id: 'hosts' },
  },
  {
    name: 'notices',
    comment: 'Thresholds of a quota that were passed, once each.',
    columns: [
      ['id', 'id', 'Number of the notice.'],
      ['user_name', 'text', 'The account.'],
      ['kind', 'text', 'volume or storage.'],
      ['period', 'text', 'The month, for instance 2026-10.'],
      ['percent', 'small', 'The threshold.'],
      ['figure', 'number', 'What was used, in bytes.'],
      ['quota', 'number', 'What the quota was, in bytes.'],
      ['raised_at', 'micros', 'When: microseconds since 1970, UTC.'],
      ['told_at', 'micros?', 'When it was handed on: microseconds since 1970, UTC.'],
    ],
    unique: [['user_name', 'kind', 'period', 'percent']],
  },
  {
    name: 'erasures',
    comment: 'Accounts of which everything personal was erased, for each host that they had sessions on.',
    columns: [
      ['id', 'id', 'Number of the erasure.'],
      ['host_id', 'number', 'The host.'],
      ['pseudonym', 'text', 'What stands where the name stood.'],
      ['sessions', 'number', 'How many sessions it was.'],
      ['positions', 'text', 'Where these stand in the chain, for instance 3,5-9.'],
      ['erased_at', 'micros', 'When: microseconds since 1970, UTC.'],
    ],
    references: { host_id: 'hosts' },
  },
  {
    name: 'announced_heads',
    comment: 'The days on which a host wrote the heads of all chains to its system log.',
    columns: [
      ['host_id', 'number', 'The host.'],
      ['day', 'text', 'The day, UTC, for instance 2026-10-31.'],
    ],
    primaryKey: ['host_id', 'day'],
    references: { host_id: 'hosts' },
  },
];

const INDEXES = [
  'CREATE INDEX sessions_of_user ON sessions (user_name, first_at)',
  'CREATE INDEX sessions_of_process ON sessions (host_id, pid, first_at)',
  'CREATE INDEX sessions_without_beginning ON sessions (host_id, first_at) WHERE opened_at IS NULL',
  'CREATE INDEX transfers_in_time ON transfers (closed_at)',
  'CREATE UNIQUE INDEX chain_of_entry ON chain (kind, entry_id, host_id)',
];

/** Microseconds -> a time that people read. */
const stampOf = (column: string): Readonly<Record<Dialect, string>> => ({
  // By whole milliseconds SQLite is exact; the last three digits are put behind them.
  sqlite: `strftime('%Y-%m-%d %H:%M:%S', ${column} / 1000000, 'unixepoch') || printf('.%06dZ', ${column} % 1000000)`,
  postgres: `timestamptz 'epoch' + ${column} * interval '1 microsecond'`,
});

const cut = (column: string, sqlite: string, postgres: string): Readonly<Record<Dialect, string>> => ({
  sqlite: `strftime('${sqlite}', ${column} / 1000000, 'unixepoch')`,
  postgres: `to_char((timestamptz 'epoch' + ${column} * interval '1 microsecond') AT TIME ZONE 'UTC', '${postgres}')`,
});

const both = (make: (dialect: Dialect) => string): Readonly<Record<Dialect, string>> => ({
  sqlite: make('sqlite'),
  postgres: make('postgres'),
});

/** PostgreSQL adds up bigint to numeric. */
const sum = (dialect: Dialect, what: string): string =>
  dialect === 'sqlite' ? `coalesce(sum(${what}), 0)` : `coalesce(sum(${what}), 0)::bigint`;

/** What is billed: exact, and over the wire. */
const BILLED = 'CASE WHEN t.exact = 1 AND t.copied IS NULL THEN';

const SUMS: View['columns'] = [
  ['transfers', 'How many transfers.'],
  ['uploads', 'Completed uploads that crossed the wire.'],
  ['downloads', 'Completed downloads that crossed the wire.'],
  ['bytes_in', 'Bytes that the client sent, where they are exact.'],
  ['bytes_out', 'Bytes that the client fetched, where they are exact.'],
  ['bytes_copied', 'Bytes that were copied on the server.'],
  ['inexact', 'Transfers of which the bytes are not known.'],
];

const sums = (dialect: Dialect): string =>
  [
    'count(*)',
    `${sum(dialect, "CASE WHEN t.direction IN ('upload', 'both') AND t.status = 'completed' AND t.copied IS NULL THEN 1 ELSE 0 END")}`,
    `${sum(dialect, "CASE WHEN t.direction = 'download' AND t.status = 'completed' AND t.copied IS NULL THEN 1 ELSE 0 END")}`,
    sum(dialect, `${BILLED} t.bytes_written ELSE 0 END`),
    sum(dialect, `${BILLED} t.bytes_read ELSE 0 END`),
    sum(dialect, 'CASE WHEN t.copied IS NOT NULL THEN coalesce(t.bytes_written, 0) ELSE 0 END'),
    sum(dialect, 'CASE WHEN t.exact = 0 THEN 1 ELSE 0 END'),
  ].join(', ');

const JOINED = 'FROM transfers t JOIN sessions s ON s.id = t.session_id JOIN hosts h ON h.id = s.host_id';
/** A transfer that was never closed belongs to when it was opened. */
const WHEN = 'coalesce(t.closed_at, t.opened_at, s.last_at)';

const VIEWS: readonly View[] = [
  {
    name: 'transfers_in_words',
    comment: 'Every transfer that counts, with who made it, where and when.',
    columns: [
      ['host', 'The host.'],
      ['user_name', 'The account.'],
      ['client_ip', "The client's address."],
      ['session_key', 'The session, as sessions --json names it.'],
      ['n', 'Its rank in the session.'],
      ['direction', 'upload, download, both or none.'],
      ['status', 'completed, partial, failed or unknown.'],
      ['path', 'As seen from inside the jail.'],
      ['bytes_read', 'Bytes of a download.'],
      ['bytes_written', 'Bytes of an upload.'],
      ['exact', 'The bytes are known.'],
      ['copied', 'Copied on the server: likely or certain.'],
      ['opened', 'When it was opened, UTC.'],
      ['closed', 'When its close was logged, UTC.'],
    ],
    select: both(
      (dialect) => `SELECT h.name, s.user_name, s.client_ip, s.session_key, t.n, t.direction, t.status, t.path,
      t.bytes_read, t.bytes_written, t.exact, t.copied, ${stampOf('t.opened_at')[dialect]}, ${stampOf('t.closed_at')[dialect]}
      ${JOINED} WHERE t.superseded = 0`,
    ),
  },
  {
    name: 'sessions_in_words',
    comment: 'Every session that counts, with its host and when it was.',
    columns: [
      ['host', 'The host.'],
      ['user_name', 'The account.'],
      ['client_ip', "The client's address."],
      ['session_key', 'The session, as sessions --json names it.'],
      ['ended', 'How it ended.'],
      ['opened', 'When it began, UTC.'],
      ['closed', 'When it ended, UTC.'],
      ['bytes_in', 'Bytes that the client sent.'],
      ['bytes_out', 'Bytes that the client fetched.'],
      ['exact', 'The counts are no lower bounds.'],
    ],
    select: both(
      (dialect) => `SELECT h.name, s.user_name, s.client_ip, s.session_key, s.ended, ${stampOf('s.opened_at')[dialect]},
      ${stampOf('s.closed_at')[dialect]}, s.bytes_in, s.bytes_out, s.exact
      FROM sessions s JOIN hosts h ON h.id = s.host_id WHERE s.superseded = 0`,
    ),
  },
  {
    name: 'transfers_by_day',
    comment: 'Transfers of each account on each host, by the day (UTC) on which the close was logged.',
    columns: [['day', 'The day, UTC.'], ['host', 'The host.'], ['user_name', 'The account.'], ...SUMS],
    select: both(
      (dialect) => `SELECT ${cut(WHEN, '%Y-%m-%d', 'YYYY-MM-DD')[dialect]}, h.name, s.user_name, ${sums(dialect)}
      ${JOINED} WHERE t.superseded = 0 GROUP BY 1, 2, 3`,
    ),
  },
  {
    name: 'usage_by_user_month',
    comment: 'What each account moved on all hosts, by the month (UTC) in which the close was logged.',
    columns: [['month', 'The month, UTC.'], ['user_name', 'The account.'], ...SUMS],
    select: both(
      (dialect) => `SELECT ${cut(WHEN, '%Y-%m', 'YYYY-MM')[dialect]}, s.user_name, ${sums(dialect)}
      ${JOINED} WHERE t.superseded = 0 GROUP BY 1, 2`,
    ),
  },
];

/** What the first version of the ledger is. */
export const first = (dialect: Dialect): string[] => [
  ...TABLES.flatMap((table) => renderTable(dialect, table)),
  ...INDEXES,
  ...VIEWS.flatMap((view) => renderView(dialect, view)),
];
