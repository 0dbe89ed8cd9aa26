import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import type { Session } from '../../src/log/session.ts';
import { sessions, settings, whole } from './model/arbitrary.ts';
import { honest } from './model/honest.ts';
import { judge } from './model/judge.ts';
import { writeLog } from './model/log.ts';
import { playSession, type SessionPlan } from './model/sshd.ts';

const loss = fc.record({ cut: fc.record({ head: fc.nat(20), tail: fc.nat(20) }), torn: fc.nat(40) });

test('a reader that tells what the log proves is never blamed', { timeout: 120_000 }, () => {
  const endings = ['quit', 'drop', 'timeout', 'killed', 'fatal', 'terminated'] as const;
  fc.assert(
    fc.property(
      sessions({ most: 3, copies: true, endings }),
      settings(fc.oneof(fc.constant(whole), loss)),
      (truths, how) => {
        const log = writeLog(truths, how);
        const told = honest(truths, log, how.format);
        const complaints = judge(truths, log, how.format, told);
        if (complaints.length > 0) {
          expect.fail(`${complaints.join('\n')}\n\n${log.bytes.toString('latin1')}\n${JSON.stringify(told, null, 1)}`);
        }
      },
    ),
    { numRuns: 500 },
  );
});

const plan: SessionPlan = {
  ...{ user: 'acme', ip: '192.0.2.7', port: 4022, level: 'VERBOSE', version: '10.0', sshd: 'VERBOSE', ending: 'quit' },
  login: { method: 'publickey', keyType: 'ED25519', fingerprint: 'SHA256:x' },
  pids: { monitor: 10, child: 11, server: 12 },
  ...{ starts: Date.UTC(2026, 10, 20) * 1000, gaps: [100] },
  requests: [
    { kind: 'open', path: '/data/up', flags: ['WRITE', 'CREATE'] },
    { kind: 'write', handle: 0, bytes: 12345 },
    { kind: 'close', handle: 0 },
    { kind: 'remove', path: '/data/a' },
    { kind: 'remove', path: '/data/b' },
    { kind: 'fstat', handle: 9 },
    { kind: 'remove', path: '/data/c', fails: 'No such file' },
    { kind: 'rename', from: '/data/g', to: '/data/h" new "/data/i' },
  ],
};

describe('a reader is blamed for', () => {
  const how = { format: 'rfc3339' as const, host: 'sftp1', reduce: false, swaps: [], ...whole };
  const truth = playSession(plan);
  const log = writeLog([truth], how);
  const blame = (change: (session: Session) => void): string[] => {
    const told = structuredClone(honest([truth], log, 'rfc3339'));
    for (const session of told) change(session);
    return judge([truth], log, 'rfc3339', told);
  };
  const first = <Value>([value]: Value[]): Value => value as Value;
  const change = (session: Session, at: number) => session.changes[at] as Session['changes'][number];

  test('nothing', () => expect(blame(() => {})).toEqual([]));

  test.each<[string, (session: Session) => void, RegExp]>([
    [
      'bytes that are not those',
      (told) => void Object.assign(first(told.transfers), { bytesWritten: 123 }),
      /bytes written 123, really 12345/,
    ],
    [
      'bytes that are plain and missing',
      (told) => void Object.assign(first(told.transfers), { exact: false }),
      /plain bytes/,
    ],
    ['a transfer left out', (told) => void Object.assign(told, { transfers: [] }), /not told/],
    ['a transfer told twice', (told) => void told.transfers.push({ ...first(told.transfers), n: 6 }), /invented/],
    ['another name', (told) => void Object.assign(first(told.transfers), { path: '/data/xy' }), /path/],
    ['a removal left out', (told) => void told.changes.shift(), /told as|path/],
    [
      'a removal that was done and is told as failed',
      (told) => void Object.assign(change(told, 1), { status: 'failed' }),
      /really completed or unknown/,
    ],
    [
      'a removal that failed and is told as done',
      (told) => void Object.assign(change(told, 2), { status: 'completed' }),
      /really failed/,
    ],
    [
      'what is proved and told as unknown',
      (told) => void Object.assign(change(told, 0), { status: 'unknown' }),
      /really completed/,
    ],
    [
      'readings without the true one',
      (told) => void Object.assign(change(told, 3), { readings: [{ path: '/', target: '/' }] }),
      /true reading/,
    ],
    ['one reading of two', (told) => void delete change(told, 3).readings, /true reading/],
    [
      'totals that are off',
      (told) => Object.assign(told.totals, { exact: true, bytesIn: 1, bytesOut: 0 }),
      /totals.bytesIn 1/,
    ],
    ['another key', (told) => void Object.assign(told.login ?? {}, { fingerprint: 'SHA256:y' }), /fingerprint/],
    ['another end', (told) => void Object.assign(told, { end: 'aborted' }), /end aborted, really closed/],
    ['another user', (told) => void Object.assign(told, { user: 'bolt' }), /no session of acme/],
  ])('%s', (_, spoil, words) => expect(blame(spoil).join('\n')).toMatch(words));
});
