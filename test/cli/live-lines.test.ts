import { expect, it } from 'vitest';
import { LiveLines } from '../../src/commands/live-lines.ts';
import { Fold } from '../../src/log/fold.ts';
import type { Session } from '../../src/log/session.ts';

/** Milliseconds after 10:00. */
const line = (after: number, text: string) =>
  Buffer.from(`${new Date(Date.UTC(2026, 10, 21, 10) + after).toISOString()} h ${text}\n`);

const LOGIN = line(1, 'sshd[10]: Accepted publickey for acme from 192.0.2.1 port 50000 ssh2: ED25519 SHA256:abc');
const OPENED = line(2, 'internal-sftp[12]: session opened for local user acme from [192.0.2.1]');
const CLOSED = line(3, 'internal-sftp[12]: session closed for local user acme from [192.0.2.1]');
const SHUT = line(4, 'sshd[10]: pam_unix(sshd:session): session closed for user acme');

function opened(logs: number) {
  const told: Session[] = [];
  const fold = new Fold(100, { onSession: (session) => void told.push(session), onLogin() {} });
  return { fold, told, live: new LiveLines(logs, fold, 'UTC', 2026) };
}

it('a login that reaches its log after its session reached another is read before it', () => {
  const { fold, told, live } = opened(2);
  live.push(0, OPENED);
  live.turn();
  expect(fold.lines).toMatchObject({ session: 0, login: 0 });
  live.push(1, LOGIN);
  live.push(0, CLOSED);
  live.turn();
  expect(fold.lines).toMatchObject({ session: 1, login: 1 });
  live.push(1, SHUT);
  live.turn();
  live.turn();
  fold.settleEnded();
  expect(told).toMatchObject([
    { user: 'acme', client: { port: 50_000 }, login: { fingerprint: 'SHA256:abc' }, end: 'aborted' },
  ]);
});

it('no line waits for more than one turn, whatever the stamps say', () => {
  const { fold, live } = opened(2);
  live.push(
    0,
    Buffer.concat([line(86_400_000, 'internal-sftp[9]: session opened for local user x from [192.0.2.9]'), OPENED]),
  );
  live.push(1, LOGIN);
  live.turn();
  live.turn();
  expect(fold.lines).toMatchObject({ session: 2, login: 1 });
});

it('of one log none waits at all', () => {
  const { fold, live } = opened(1);
  live.push(0, LOGIN);
  live.turn();
  expect(fold.lines.login).toBe(1);
});
