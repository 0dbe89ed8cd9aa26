import { expect, it } from 'vitest';
import { readLog } from '../../src/log/read.ts';
import { wrongFigures } from '../support/moved.ts';
import { asLogged } from './model/escape.ts';

/** One upload, as sftp-server logs it. */
const logOf = (path: string, bytes: number) =>
  [
    'session opened for local user acme from [192.0.2.1]',
    `open "${path}" flags WRITE,CREATE,TRUNCATE mode 0644`,
    `close "${path}" bytes read 0 written ${bytes}`,
    'session closed for local user acme from [192.0.2.1]',
  ]
    .map((message) => `2026-11-21T10:00:00.000000Z h internal-sftp[7]: ${asLogged(message)}\n`)
    .join('');

function judged(path: string, bytes: number, really = { path, bytes }): string[] {
  const [session] = readLog(Buffer.from(logOf(path, bytes), 'latin1')).sessions;
  return session ? wrongFigures(session, 'upload', [really]) : ['no session'];
}

it('the comparison with what a client moved accepts what is true or marked', () => {
  expect(judged('/data/x', 12_345)).toEqual([]);
  expect(judged(`/data/${'x'.repeat(461)}`, 12_345)).toEqual([]);
});

it('and finds a figure that is wrong, a name that is wrong, and one that is marked for no reason', () => {
  expect(judged('/data/x', 12_345, { path: '/data/x', bytes: 1234 })).toHaveLength(2);
  expect(judged('/data/x', 12_345, { path: '/data/y', bytes: 12_345 })).toHaveLength(2);
  const [session] = readLog(Buffer.from(logOf('/data/x', 7))).sessions;
  const [transfer] = session?.transfers ?? [];
  if (!session || !transfer) throw new Error('no session');
  const marked = { ...session, transfers: [{ ...transfer, exact: false, bytesWritten: null }] };
  expect(wrongFigures(marked, 'upload', [{ path: '/data/x', bytes: 7 }])).toHaveLength(1);
});

it('and finds a number that was cut and is told as if it were whole', () => {
  const path = `/data/${'x'.repeat(461)}`;
  const [session] = readLog(Buffer.from(logOf(path, 12_345))).sessions;
  const [transfer] = session?.transfers ?? [];
  if (!session || !transfer) throw new Error('no session');
  const naive = { ...transfer, path, pathCut: undefined, exact: true, bytesRead: 0, bytesWritten: 123 };
  const told = { ...session, transfers: [naive as unknown as typeof transfer] };
  expect(wrongFigures(told, 'upload', [{ path, bytes: 12_345 }])).toHaveLength(1);
});
