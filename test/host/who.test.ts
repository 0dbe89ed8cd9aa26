import { describe, expect, it } from 'vitest';
import type { OpenFile } from '../../src/host/open-files.ts';
import type { Running } from '../../src/host/processes.ts';
import { openSessions, type SeenSession, watched } from '../../src/host/who.ts';
import { serving } from '../../src/host/who-look.ts';

const SINCE = Date.UTC(2026, 0, 2, 3, 4, 5, 678);

const seen = (at: number, more: Partial<SeenSession> = {}): SeenSession => ({
  user: 'acme',
  pid: 40,
  started: 1000,
  since: SINCE,
  at,
  counters: { read: 0, written: 0 },
  files: [],
  socket: 77,
  peer: { localPort: 22, ip: '192.0.2.7', port: 50_022 },
  ...more,
});

const file = (position: number, more: Partial<OpenFile> = {}): OpenFile => ({
  ...{ handle: '3:1:2', path: '/data/x', deleted: false, direction: 'upload', position, size: position },
  ...more,
});

/** What the last of these looks tells. */
function told(looks: SeenSession[][], silent: ReadonlyMap<number, number> = new Map()) {
  const all: ReturnType<typeof watched>[] = [];
  for (const look of looks) all.push(watched(all.at(-1) ?? [], look));
  return openSessions(all.at(-2) ?? [], all.at(-1) ?? [], silent);
}

const only = (looks: SeenSession[], silent?: ReadonlyMap<number, number>) =>
  told(
    looks.map((look) => [look]),
    silent,
  )[0];

describe('what two looks tell of a session', () => {
  it('an upload: how far its position went in the time between', () => {
    const before = seen(5000, { counters: { read: 10_100, written: 10_050 }, files: [file(10_000)] });
    const after = seen(6250, { counters: { read: 35_200, written: 35_090 }, files: [file(35_000)] });
    expect(told([[before], [after]])).toEqual([
      {
        ...{ user: 'acme', ip: '192.0.2.7', port: 50_022, pid: 40, since: '2026-01-02T03:04:05Z', idleSeconds: 0 },
        files: [{ path: '/data/x', direction: 'upload', position: 35_000, size: null, bytesPerSecond: 20_000 }],
        bytesPerSecond: 20_032,
      },
    ]);
  });

  it('a download has a size', () => {
    const download = (position: number) => file(position, { direction: 'download', size: 900, deleted: true });
    expect(only([seen(0, { files: [download(0)] }), seen(1000, { files: [download(300)] })])?.files).toEqual([
      { path: '/data/x', deleted: true, direction: 'download', position: 300, size: 900, bytesPerSecond: 300 },
    ]);
  });

  it('a handle that was not there before, or that went back, has no speed; small files count all the same', () => {
    const before = seen(0, { files: [file(500)] });
    const counters = { read: 4100, written: 4000 };
    for (const now of [file(700, { handle: '3:1:9' }), file(100)])
      expect(only([before, seen(1000, { files: [now], counters })])).toMatchObject({
        files: [{ bytesPerSecond: null }],
        bytesPerSecond: 4000,
      });
  });

  it('without counters the files alone tell the speed', () => {
    const looks = [0, 1000].map((at) => seen(at, { counters: null, files: [file(at * 3)] }));
    expect(only(looks)?.bytesPerSecond).toBe(3000);
  });

  it('a session that was not there before has no speed, nor one whose pid is that of another', () => {
    expect(told([[], [seen(1000)]])[0]?.bytesPerSecond).toBeNull();
    expect(only([seen(0), seen(1000, { started: 2000 })])?.bytesPerSecond).toBeNull();
  });

  it('one that left between the looks is not told of', () => expect(told([[seen(0)], []])).toEqual([]));
});

describe('how long a session has been idle', () => {
  it('as long as nothing moved while somebody looked', () => {
    expect(only([seen(0), seen(1000), seen(4200)])).toMatchObject({ idleSeconds: 4, idleAtLeast: true });
  });

  it('and before that, as long as the kernel says that its connection was silent', () => {
    expect(only([seen(0), seen(1000)], new Map([[77, 3600.9]]))).toMatchObject({ idleSeconds: 3600 });
    expect(only([seen(0), seen(1000)], new Map([[77, 3600.9]]))).not.toHaveProperty('idleAtLeast');
    expect(only([seen(0), seen(1000)], new Map([[78, 3600]]))).toMatchObject({ idleSeconds: 1, idleAtLeast: true });
  });

  it('a client that only keeps its connection alive has moved nothing', () => {
    expect(only([seen(0), seen(60_000)], new Map([[77, 2]]))).toMatchObject({ idleSeconds: 60 });
  });

  it('not at all once something moves, be it a request alone', () => {
    const moved = { counters: { read: 9, written: 9 } };
    expect(only([seen(0), seen(5000), seen(6000, moved)])).toMatchObject({ idleSeconds: 0 });
    expect(only([seen(0), seen(5000, moved), seen(7000, moved)])).toMatchObject({ idleSeconds: 2 });
  });
});

it('sessions are sorted by user, then by age', () => {
  const all = [
    seen(0, { user: 'b', pid: 1, started: 5 }),
    seen(0, { pid: 3, started: 9 }),
    seen(0, { pid: 9, started: 2 }),
  ];
  expect(told([[], all]).map(({ user, pid }) => `${user} ${pid}`)).toEqual(['acme 9', 'acme 3', 'b 1']);
});

describe('which process serves a session, and which holds its connection', () => {
  const running = (pid: number, parent: number, uid = 70_000): Running => ({ pid, parent, uid, name: 'sshd' });
  const served = (...own: Running[]) => serving(own).map(([session, connection]) => [session.pid, connection.pid]);

  it('internal-sftp, and its parent; several on one connection', () => {
    expect(served(running(20, 10), running(30, 20), running(31, 20))).toEqual([
      [30, 20],
      [31, 20],
    ]);
  });
  it('a connection without a session stands for itself', () => expect(served(running(20, 10))).toEqual([[20, 20]]));
  it('and so does a session whose parent was killed', () => expect(served(running(30, 1))).toEqual([[30, 30]]));
});
