import fc from 'fast-check';

/** Few names, so that handles and changes meet each other. */
const NAMES = ['/data/a', '/data/b', '/data/c d', '/data/q" bytes read 7 written 0', '/data/\\303\\251', ''];

const FLAGS = ['READ', 'WRITE,CREATE,TRUNCATE', 'READ,WRITE', 'READ,WRITE,CREATE', 'APPEND', ''];
const STATUSES = ['No such file', 'Permission denied', 'Failure', 'Success', 'End of file', 'Odd'];
const COUNTS = ['0', '5', '7', '5000', '900719925474', '00000000000000000001'];

const name = fc.constantFrom(...NAMES);

const asked = fc
  .tuple(
    fc.constantFrom('stat name', 'lstat name', 'realpath', 'opendir', 'closedir', 'fsync', 'forced closedir'),
    name,
  )
  .map(([verb, path]) => `${verb} "${path}"`);
const opening = fc
  .tuple(name, fc.constantFrom(...FLAGS))
  .map(([path, flags]) => `open "${path}" flags ${flags} mode 0644`);
const closing = fc
  .tuple(
    fc.constantFrom('close', 'close', 'close', 'forced close'),
    name,
    ...[1, 2].map(() => fc.constantFrom(...COUNTS)),
  )
  .map(([verb, path, read, written]) => `${verb} "${path}" bytes read ${read} written ${written}`);
const changing = fc.oneof(
  fc
    .tuple(
      fc.constantFrom('remove name', 'rmdir name', 'rename old', 'posix-rename old', 'hardlink old', 'symlink old'),
      name,
    )
    .map(([verb, path]) => `${verb} "${path}"`),
  fc.tuple(name, name).map(([path, other]) => `rename old "${path}" new "${other}"`),
  name.map((path) => `mkdir name "${path}" mode 0777`),
);
const setting = fc
  .tuple(
    name,
    fc.constantFrom(
      'mode 0644',
      'mode 01777',
      'modtime 20261119-23:13:20',
      'modtime 1-2:3',
      'size 12',
      'owner 5 group 6',
    ),
  )
  .map(([path, what]) => `set "${path}" ${what}`);
const seldom = fc.constantFrom(
  'received client version 3',
  'Refusing open request in read-only mode',
  'error: process_read: read "/data/a": Input/output error',
  'fatal: Invalid umask',
  'debug1: request 3: read "/data/a" (handle 0) off 0 len 32768',
  'debug1: request 4: copy-data from "/data/a" (handle 0) off 0 len 0 to "/data/b" (handle 1) off 0',
  'debug3: request 3: opened',
  'message repeated 2 times: [ stat name "/data/a"]',
  `stat name "/data/${'x'.repeat(482)}"`,
  `open "/data/${'x'.repeat(493)}`,
  'something else',
  '',
);
const USERS = ['alice', 'bob'];
const framing = fc
  .tuple(fc.constantFrom('opened', 'closed'), fc.constantFrom(...USERS))
  .map(([what, user]) => `session ${what} for local user ${user} from [192.0.2.7]`);

/** What a client does that wants nothing but its files, with what may come in between. */
const between = fc.oneof(
  { weight: 3, arbitrary: asked },
  { weight: 2, arbitrary: setting },
  { weight: 2, arbitrary: changing },
  { weight: 2, arbitrary: fc.constantFrom(...STATUSES).map((status) => `sent status ${status}`) },
);
const moved = fc
  .tuple(
    fc.array(fc.tuple(name, fc.boolean()), { minLength: 1, maxLength: 3 }),
    fc.array(between, { maxLength: 3 }),
    fc.constantFrom(...COUNTS),
  )
  .map(([files, meanwhile, count]) => [
    ...files.map(([path, isUpload]) => `open "${path}" flags ${isUpload ? 'WRITE,CREATE,TRUNCATE' : 'READ'} mode 0644`),
    ...meanwhile,
    ...files.map(
      ([path, isUpload]) => `close "${path}" bytes read ${isUpload ? 0 : count} written ${isUpload ? count : 0}`,
    ),
  ]);
const failed = fc
  .tuple(fc.oneof(opening, changing, setting, asked), fc.constantFrom(...STATUSES))
  .map(([message, status]) => [message, `sent status ${status}`]);
const listed = name.map((path) => [`realpath "${path}"`, `opendir "${path}"`, `closedir "${path}"`]);
const preserved = fc
  .tuple(name, name)
  .map(([path, other]) => [`set "${path}" mode 0644`, `set "${other}" modtime 20261119-23:13:20`]);
const loose = fc
  .oneof(
    { weight: 4, arbitrary: opening },
    { weight: 4, arbitrary: closing },
    { weight: 2, arbitrary: changing },
    { weight: 2, arbitrary: setting },
    { weight: 2, arbitrary: seldom },
    { weight: 1, arbitrary: framing },
  )
  .map((message) => [message]);

/** Of one run of sftp-server. */
const messages = fc
  .array(
    fc.oneof(
      { weight: 8, arbitrary: moved },
      { weight: 4, arbitrary: listed },
      { weight: 3, arbitrary: failed },
      { weight: 2, arbitrary: preserved },
      { weight: 2, arbitrary: between.map((message) => [message]) },
      { weight: 1, arbitrary: loose },
    ),
    { maxLength: 20, size: 'max' },
  )
  .map((moves) => [`received client version 3`, ...moves.flat()]);

const PIDS = [365, 366];

const sshdMessage = fc.oneof(
  fc
    .tuple(fc.constantFrom(...USERS), fc.constantFrom(4001, 4002))
    .chain(([user, port]) =>
      fc.constantFrom(
        `Accepted publickey for ${user} from 192.0.2.7 port ${port} ssh2: ED25519 SHA256:abc`,
        `Starting session: forced-command (config) 'internal-sftp' for ${user} from 192.0.2.7 port ${port} id 0`,
        `Close session: user ${user} from 192.0.2.7 port ${port} id 0`,
        `Received disconnect from 192.0.2.7 port ${port}:11: disconnected by user`,
        `Disconnected from user ${user} 192.0.2.7 port ${port}`,
        `Connection reset by 192.0.2.7 port ${port}`,
        `Timeout, client not responding from user ${user} 192.0.2.7 port ${port}`,
        `pam_unix(sshd:session): session closed for user ${user}`,
      ),
    ),
  fc.constantFrom(...PIDS).map((pid) => `User child is on pid ${pid}`),
  fc.constantFrom(...PIDS).map((pid) => `debug1: session_by_pid: pid ${pid}`),
  fc.constantFrom('Server listening on 0.0.0.0 port 22.', 'open "/data/a" flags READ mode 0666 [postauth]'),
  fc.constantFrom(
    'Accepted key ED25519 SHA256:abc found at /k:1',
    'Changed root directory to "/srv/alice"',
    'sent status Failure',
  ),
);

/** What stands before a line: mostly what rsyslog writes. */
const HEADS = [
  (stamp: string, tag: string) => `${stamp}+00:00 sftp1 ${tag}: `,
  (stamp: string, tag: string) => `${stamp}Z sftp1 ${tag}: `,
  (stamp: string, tag: string) => `${stamp}+00:00 sftp2 ${tag}: `,
  (stamp: string, tag: string) => `${stamp.slice(0, -3)}+00:00 sftp1 ${tag}: `,
  (_: string, tag: string) => `Nov 20 00:00:01 sftp1 ${tag}: `,
  (stamp: string, tag: string) => `${stamp}+00:00 sftp1 ${tag} `,
  (stamp: string, tag: string) => `${stamp}+00:00 sftp1 ${tag.replace('[', '[00000')}: `,
];
const head = fc.oneof({ weight: 30, arbitrary: fc.constant(0) }, { weight: 1, arbitrary: fc.nat(HEADS.length - 1) });

/** Microseconds between two lines: sometimes so many that what has ended settles, sometimes back in time. */
const pause = fc.oneof(
  { weight: 20, arbitrary: fc.nat(100_000) },
  { weight: 1, arbitrary: fc.integer({ min: -1_000_000, max: 4_000_000 }) },
);

/** Who writes the next line, after how long, and in which way. */
const turn = fc.tuple(fc.nat(), pause, head);

const sshdTags = fc.constantFrom('sshd[360]', 'sshd[365]', 'sshd[361]');

/**
 * Lines that could each stand in a log and make little sense together: two runs of sftp-server do what clients do and what
 * none does, while sshd says what comes to its mind.
 */
export const looseLines = (): fc.Arbitrary<string> =>
  fc
    .tuple(
      messages,
      messages,
      fc.array(fc.tuple(sshdTags, sshdMessage), { maxLength: 12, size: 'max' }),
      fc.array(turn, { minLength: 20, maxLength: 150, size: 'max' }),
    )
    .map(([one, other, ofSshd, turns]) => {
      const voices = [
        ...[one, other].map((said, place) => said.map((text) => `internal-sftp[${PIDS[place]}]: ${text}`)),
        ofSshd.map(([tag, text]) => `${tag}: ${text}`),
      ];
      let time = Date.UTC(2026, 10, 20) * 1000;
      const lines = [...LOGINS.map((text) => `2026-11-20T00:00:00.000000+00:00 sftp1 ${text}\n`)];
      for (const [who, wait, how] of turns) {
        // sshd is heard less than the others.
        const voice = voices[[0, 1, 0, 1, 0, 1, 2][who % 7] ?? 0];
        const [, tag, text] = /^(.*?\]): (.*)$/s.exec(voice?.shift() ?? '') ?? [];
        if (tag === undefined) continue;
        time += wait;
        const stamp = new Date(Math.floor(time / 1000))
          .toISOString()
          .replace('Z', String(time % 1000).padStart(3, '0'));
        lines.push(`${HEADS[how]?.(stamp, tag)}${text}\n`);
      }
      return lines.join('');
    });

/** Two sessions begin, of one user, on connections of their own. */
const LOGINS = PIDS.flatMap((pid, place) => [
  `sshd[${360 + place}]: Accepted publickey for alice from 192.0.2.7 port ${4001 + place} ssh2: ED25519 SHA256:abc`,
  `sshd[${360 + place}]: Starting session: forced-command (config) 'internal-sftp' for alice from 192.0.2.7 port ${4001 + place} id 0`,
  `internal-sftp[${pid}]: session opened for local user alice from [192.0.2.7]`,
]);
