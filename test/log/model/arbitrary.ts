import fc from 'fast-check';
import { type Bytes, bytesOf } from './escape.ts';
import { FORMATS, type LogSettings } from './log.ts';
import { type Attributes, FLAGS, type Flag, type Refusal, type Request } from './requests.ts';
import { playSession, type SessionPlan } from './sshd.ts';
import type { Ending, Level, SessionTruth } from './truth.ts';

/** Names that were made to be read as something else. */
const HOSTILE = [
  'a',
  'b',
  'x" bytes read 0 written 5',
  'x" bytes read 0 written 999',
  '" new "',
  '" new " new "',
  'g" new "/data/h',
  'r" flags READ mode 0666',
  'm" mode 0777',
  's" size 5',
  's" owner 0 group 0',
  'message repeated 3 times: [ sent status Failure]',
  ']',
  '\nNov 20 17:16:16 h internal-sftp[400]: session closed for local user alice from [192.0.2.7]',
  'session closed for local user alice from [192.0.2.7]',
  'sent status Failure',
  'back\\slash',
  'back\\n',
  '\\',
  '\\303',
  ' ',
  ' trailing ',
  '\t\r\n\x01\x1b[31m\x7f',
  'имя',
  '日本語',
  '😀',
  '(null)',
  '"',
  '""',
].map(bytesOf);

const component: fc.Arbitrary<Bytes> = fc.oneof(
  { weight: 6, arbitrary: fc.constantFrom(...HOSTILE) },
  { weight: 1, arbitrary: fc.constantFrom('latin1-\xe9', '\xff\xfe', '\xed\xa0\x80', '\xc3') },
  {
    weight: 2,
    arbitrary: fc
      .array(
        fc.integer({ min: 1, max: 255 }).filter((byte) => byte !== 0x2f),
        { minLength: 1, maxLength: 24 },
      )
      .map((bytes) => String.fromCharCode(...bytes)),
  },
  {
    weight: 1,
    arbitrary: fc
      .tuple(fc.constantFrom('Q', 'é', '\x01', '"', '\\', 'ab" new "'), fc.integer({ min: 1, max: 255 }))
      .map(([unit, length]) => bytesOf(unit).repeat(length).slice(0, length)),
  },
);

export const path: fc.Arbitrary<Bytes> = fc.oneof(
  { weight: 5, arbitrary: component.map((name) => `/data/${name}`) },
  {
    weight: 1,
    arbitrary: fc.array(component, { minLength: 2, maxLength: 4 }).map((names) => `/data/${names.join('/')}`),
  },
  // So long that the line is cut near its end: in the name, in the trailer, or inside a number.
  {
    weight: 1,
    arbitrary: fc
      .integer({ min: 445, max: 495 })
      .map((length) => `/data/${'L'.repeat(250)}/${'M'.repeat(length - 257)}`),
  },
);

const refusal = fc.constantFrom<Refusal>('No such file', 'Permission denied', 'Failure', 'Bad message');
const mostly = <Value>(value: fc.Arbitrary<Value>) => fc.option(value, { freq: 3, nil: undefined });

/** The keys that are undefined are left out. */
const record = (fields: Record<string, fc.Arbitrary<unknown>>): fc.Arbitrary<object> =>
  fc.record(fields).map((value) => Object.fromEntries(Object.entries(value).filter(([, one]) => one !== undefined)));

const attributes = record({
  size: fc.option(fc.nat(10_000), { nil: undefined }),
  mode: fc.option(fc.constantFrom(0o644, 0o755, 0o100664), { nil: undefined }),
  modtime: fc.option(fc.nat(2 ** 31 - 1), { nil: undefined }),
  owner: fc.option(fc.record({ uid: fc.nat(70_000), gid: fc.nat(70_000) }), { nil: undefined }),
  refused: mostly(
    fc.record({
      attributes: fc.subarray(['size', 'mode', 'modtime', 'owner'] as const, { minLength: 1 }),
      status: refusal,
    }),
  ),
}) as fc.Arbitrary<Attributes>;

export interface Traffic {
  /** Whether clients may ask for copies on the server. */
  copies: boolean;
}

/** Requests over few names and few handles, so that they meet. */
function requestOver(names: readonly Bytes[], { copies }: Traffic): fc.Arbitrary<Request> {
  const name = fc.constantFrom(...names);
  const handle = fc.integer({ min: -3, max: 2 });
  const fails = fc.option(refusal, { freq: 2, nil: undefined });
  const bytes = fc.oneof(fc.constantFrom(0, 5, 999), fc.nat(100_000_000));
  const kinds = <Kind extends string>(...all: Kind[]) => fc.constantFrom<Kind>(...all);
  const flags = fc.oneof(
    fc.constantFrom<(typeof FLAGS)[number][]>(
      ['READ'],
      ['WRITE', 'CREATE', 'TRUNCATE'],
      ['WRITE', 'CREATE'],
      ['READ', 'WRITE'],
      [],
    ),
    fc.subarray([...FLAGS]),
  );
  const errno = fc.option(fc.constantFrom('Is a directory', 'No space left on device', 'Input/output error'), {
    freq: 8,
    nil: undefined,
  });
  const mode = mostly(fc.constantFrom(0o644, 0o100644, 0o600));
  const requests: [number, fc.Arbitrary<object>][] = [
    [6, record({ kind: kinds('open'), path: name, flags, mode, fails: mostly(refusal) })],
    [6, record({ kind: kinds('read', 'write'), handle, bytes, errno })],
    [6, record({ kind: kinds('close'), handle })],
    [1, record({ kind: kinds('fstat', 'readdir', 'fsync'), handle })],
    [4, record({ kind: kinds('remove', 'rmdir'), path: name, fails })],
    [2, record({ kind: kinds('opendir', 'stat', 'lstat', 'realpath', 'readlink', 'statvfs'), path: name, fails })],
    [1, record({ kind: kinds('mkdir'), path: name, mode, fails })],
    [3, record({ kind: kinds('rename', 'posix-rename', 'symlink', 'hardlink'), from: name, to: name, fails })],
    [2, record({ kind: kinds('setstat', 'lsetstat'), path: name, attributes })],
    [1, record({ kind: kinds('fsetstat'), handle, attributes })],
    [1, record({ kind: kinds('home-directory'), name })],
    [copies ? 3 : 0, record({ kind: kinds('copy-data'), from: handle, to: handle, bytes })],
  ];
  return fc.oneof(...requests.map(([weight, arbitrary]) => ({ weight, arbitrary }))) as fc.Arbitrary<Request>;
}

/** One request, or the few of them that move a file whole. */
function phraseOver(names: readonly Bytes[], traffic: Traffic): fc.Arbitrary<Request[]> {
  const request = requestOver(names, traffic);
  const name = fc.constantFrom(...names);
  const bytes = fc.nat(1_000_000);
  const open = (path: Bytes, flags: Flag[]): Request => ({ kind: 'open', path, flags });
  const upload = fc
    .tuple(name, bytes)
    .map(([path, size]): Request[] => [
      open(path, ['WRITE', 'CREATE', 'TRUNCATE']),
      { kind: 'write', handle: -1, bytes: size },
      { kind: 'close', handle: -1 },
    ]);
  const download = fc
    .tuple(name, bytes)
    .map(([path, size]): Request[] => [
      open(path, ['READ']),
      { kind: 'read', handle: -1, bytes: size },
      { kind: 'close', handle: -1 },
    ]);
  const moves = (size: number): Request[] => [
    { kind: 'read', handle: -2, bytes: size },
    { kind: 'write', handle: -1, bytes: size },
  ];
  const copy = (size: number): Request[] => [{ kind: 'copy-data', from: -2, to: -1, bytes: size }];
  const both = fc
    .tuple(name, name, bytes, bytes, fc.constantFrom('moves', 'copy', 'both', 'twice'))
    .map(([from, to, size, other, how]): Request[] => [
      open(from, ['READ']),
      open(to, ['WRITE', 'CREATE', 'TRUNCATE']),
      ...(how === 'copy' || how === 'both' || how === 'twice' ? copy(size) : []),
      ...(how === 'moves' || how === 'both' ? moves(other) : []),
      ...(how === 'twice' ? copy(other) : []),
      { kind: 'close', handle: -2 },
      { kind: 'close', handle: -1 },
    ]);
  return fc.oneof(
    { weight: 8, arbitrary: request.map((one) => [one]) },
    { weight: 2, arbitrary: fc.oneof(upload, download) },
    { weight: traffic.copies ? 2 : 0, arbitrary: both },
  );
}

const KEYS = [
  'SHA256:i81l6obJYPCrZIXWojgQFWQdlrKI6gzAs5nRuizZ/DQ',
  'SHA256:Zm9vYmFyYmF6cXV4Zm9vYmFyYmF6cXV4Zm9vYmFyYmE',
];
const login = fc.oneof(
  fc.constantFrom(...KEYS).map((fingerprint) => ({ method: 'publickey', keyType: 'ED25519', fingerprint })),
  fc.constant({ method: 'password', keyType: null, fingerprint: null }),
);

/** 2026-11-20 17:16:15 UTC, in microseconds. */
const BEGIN = Date.UTC(2026, 10, 20, 17, 16, 15) * 1000;
const SECOND = 1_000_000;

export interface Crowd extends Traffic {
  most: number;
  /** Requests of one session at most. */
  requests?: number;
  endings?: readonly Ending[];
}

/** Some sessions of few users, partly at the same time; each opens in a second of its own. */
export function sessions({ most, requests = 12, endings = ['quit'], copies }: Crowd): fc.Arbitrary<SessionTruth[]> {
  const one = fc.array(path, { minLength: 1, maxLength: 4 }).chain((names) =>
    fc.record({
      user: fc.constantFrom('alice', 'bob'),
      ip: fc.constantFrom('192.0.2.7', '2001:db8::7'),
      level: fc.constantFrom<Level>('INFO', 'VERBOSE', 'VERBOSE', 'DEBUG1'),
      version: fc.constantFrom('9.2' as const, '10.0' as const),
      readOnly: fc.integer({ min: 0, max: 9 }).map((dice) => dice === 9),
      denied: fc.constantFrom<readonly string[]>([], [], [], ['symlink'], ['remove', 'stat', 'setstat']),
      login,
      requests: fc
        .array(phraseOver(names, { copies }), { maxLength: requests, size: 'max' })
        .map((phrases) => phrases.flat()),
      ending: fc.constantFrom(...endings),
      gaps: fc.array(fc.oneof(fc.integer({ min: 1, max: 600 }), fc.integer({ min: 1, max: 3 * SECOND })), {
        minLength: 3,
        maxLength: 9,
      }),
      starts: fc.nat(20),
      slot: fc.nat(2),
    }),
  );
  // One host logs all its logins alike, or this log holds none of them.
  const level = fc.constantFrom<SessionPlan['sshd']>('VERBOSE', 'VERBOSE', 'INFO', 'none');
  return fc.tuple(fc.array(one, { minLength: 1, maxLength: most }), level).map(([plans, sshd]) => {
    // A slot is a set of pids, taken again as soon as its session is over.
    const free = [0, 0, 0].map((_, slot) => BEGIN + slot * 7);
    const opened = new Set<number>();
    return plans.map(({ slot, starts, ...plan }, index) => {
      const pids = { monitor: 300 + slot * 40, child: 306 + slot * 40, server: 307 + slot * 40 };
      const where: Omit<SessionPlan, 'starts'> = { ...plan, sshd, pids, port: 40_000 + index };
      let at = Math.max(BEGIN + starts * SECOND, (free[slot] ?? BEGIN) + 3 * SECOND);
      let session = playSession({ ...where, starts: at });
      while (opened.has(Math.floor(session.begin.at / SECOND))) {
        at += SECOND;
        session = playSession({ ...where, starts: at });
      }
      opened.add(Math.floor(session.begin.at / SECOND));
      free[slot] = session.lines.at(-1)?.at ?? at;
      return session;
    });
  });
}

export const whole = { cut: { head: 0, tail: 0 }, torn: 0 };

export const settings = (damage: fc.Arbitrary<Pick<LogSettings, 'cut' | 'torn'>> = fc.constant(whole)) =>
  fc
    .record({
      format: fc.constantFrom(...FORMATS),
      host: fc.constant('sftp1'),
      reduce: fc.boolean(),
      swaps: fc.array(fc.double({ min: 0, max: 1, noNaN: true }), { maxLength: 5 }),
      damage,
    })
    .map(({ damage: { cut, torn }, ...rest }): LogSettings => {
      // A journal has neither rsyslog's summaries nor two sources; without fractions the order of lines is all there is.
      const plain =
        rest.format === 'journal' ? { reduce: false, swaps: [] } : rest.format === 'traditional' ? { swaps: [] } : {};
      return { ...rest, ...plain, cut, torn };
    });
