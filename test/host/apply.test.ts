import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { OperatorError } from '../../src/errors.ts';
import { apply, type Carrier, type KindsOnHost, recover } from '../../src/host/apply.ts';
import type { Host } from '../../src/host/host.ts';
import type { Journal } from '../../src/host/journal.ts';
import type { KindOnHost } from '../../src/host/kind.ts';
import type { Change, Plan, States } from '../../src/plan/change.ts';

type Folder = States['directory'];
const made = (mode: string): Folder => ({ owner: 'root', group: 'root', mode });

/** A host that is a map, on which the n-th touch fails or ends the process. */
class Pretended {
  readonly folders = new Map<string, Folder>();
  readonly acts: string[] = [];
  touches = 0;
  failAt = 0;
  die = false;

  touch(): void {
    this.touches++;
    if (this.die && this.touches > this.failAt) throw new Error('dead');
    if (this.touches === this.failAt) throw new Error('the disk is broken');
  }

  readonly directory: KindOnHost<'directory'> = {
    read: (_host, at) => this.folders.get(at) ?? null,
    put: (_host, at, state) => {
      this.touch();
      if (state === null) this.folders.delete(at);
      else this.folders.set(at, state);
    },
  };

  readonly sync: KindOnHost<'sync'> = {
    read: () => null,
    put: (_host, at, state) => {
      this.touch();
      this.acts.push(`${at} ${state?.way}`);
    },
  };

  carrier(signal = new AbortController().signal): Carrier {
    const kinds = { directory: this.directory, sync: this.sync } as unknown as KindsOnHost;
    return { host: {} as Host, kinds, onChanges: () => {}, onKept: () => {}, signal };
  }

  snapshot = () => JSON.stringify([...this.folders].sort());
}

function journalOf(changes: Change[], pointOfNoReturn?: number): Journal & { removed: boolean } {
  const begun = new Set<number>();
  const plan: Plan = { command: 'test', changes, notes: [], ...(pointOfNoReturn !== undefined && { pointOfNoReturn }) };
  return {
    plan,
    begun,
    removed: false,
    begin(first, last) {
      for (let index = first; index <= last; index++) begun.add(index);
    },
    remove() {
      this.removed = true;
    },
  };
}

const make = (at: string, mode = '0755'): Change => ({ kind: 'directory', at, before: null, after: made(mode) });
const reload: Change = { kind: 'sync', at: 'sshd', before: null, after: { way: 'in', reads: [] } };
const unload: Change = { kind: 'sync', at: 'sshd', before: { way: 'out', reads: [] }, after: null };

describe('a plan is done as a whole or not at all', () => {
  it('does every change in order and closes its journal', async () => {
    const host = new Pretended();
    const journal = journalOf([make('/a'), make('/b')]);
    await apply(host.carrier(), journal);
    expect([...host.folders.keys()]).toEqual(['/a', '/b']);
    expect(journal.removed).toBe(true);
  });

  it('takes back what was done when a change fails, newest first', async () => {
    const host = new Pretended();
    host.failAt = 3;
    const journal = journalOf([make('/a'), make('/b'), make('/c')]);
    await expect(apply(host.carrier(), journal)).rejects.toMatchObject({
      outcome: 'rolledBack',
      message: 'the disk is broken',
    });
    expect(host.snapshot()).toBe('[]');
    expect(journal.removed).toBe(true);
  });

  it('keeps the journal when the way back fails too', async () => {
    const host = new Pretended();
    host.failAt = 2;
    host.die = true;
    const journal = journalOf([make('/a'), make('/b')]);
    await expect(apply(host.carrier(), journal)).rejects.toMatchObject({
      outcome: 'halfway',
      hint: 'sftpjail recover',
    });
    expect(journal.removed).toBe(false);
  });

  it('goes back when the operator interrupts', async () => {
    const host = new Pretended();
    const controller = new AbortController();
    const carrier = { ...host.carrier(controller.signal), onChanges: () => controller.abort() };
    await expect(apply(carrier, journalOf([make('/a'), make('/b')]))).rejects.toMatchObject({ outcome: 'interrupted' });
    expect(host.snapshot()).toBe('[]');
  });

  it('refuses what somebody else changed since the plan was made', async () => {
    const host = new Pretended();
    host.folders.set('/b', made('0700'));
    await expect(apply(host.carrier(), journalOf([make('/a'), make('/b')]))).rejects.toThrow(
      'changed by somebody else',
    );
    expect([...host.folders]).toEqual([['/b', made('0700')]]);
  });
});

describe('neighbours of a kind that takes many', () => {
  /** As Pretended, with what was given at once. */
  class Crowded extends Pretended {
    readonly batches: string[][] = [];

    override carrier(signal?: AbortSignal): Carrier {
      const carrier = super.carrier(signal);
      const { read, put } = this.directory;
      const putMany: KindOnHost<'directory'>['putMany'] = (host, puts) => {
        this.batches.push(puts.map(({ at }) => at));
        for (const { at, state, from } of puts) put(host, at, state, from);
      };
      return { ...carrier, kinds: { ...carrier.kinds, directory: { read, put, putMany } } };
    }
  }

  it('are one step, registered before the first of them and taken back together', async () => {
    const host = new Crowded();
    host.failAt = 3;
    const journal = journalOf([make('/a'), make('/b'), make('/c'), reload, make('/d')]);
    const begun: number[][] = [];
    const begin = (first: number, last: number) => {
      begun.push([first, last, host.touches]);
      for (let index = first; index <= last; index++) (journal.begun as Set<number>).add(index);
    };
    await expect(apply(host.carrier(), { ...journal, begin })).rejects.toThrow('the disk is broken');
    expect(begun).toEqual([[0, 2, 0]]);
    expect(host.batches).toEqual([
      ['/a', '/b', '/c'],
      ['/c', '/b', '/a'],
    ]);
    expect(host.snapshot()).toBe('[]');
  });

  it('are taken back one by one where one of them cannot be, so that only that one stays', async () => {
    const host = new Crowded();
    const put = host.directory.put;
    host.directory.put = (hostOf, at, state, from) => {
      if (at === '/b' && state === null) throw new Error('in use');
      return put(hostOf, at, state, from);
    };
    host.failAt = 4;
    const journal = journalOf([make('/a'), make('/b'), make('/c'), reload]);
    await expect(apply(host.carrier(), journal)).rejects.toMatchObject({ outcome: 'halfway' });
    expect([...host.folders.keys()]).toEqual(['/b']);
  });

  it('are not one step over the point of no return, nor with two changes of one thing', async () => {
    const host = new Crowded();
    host.folders.set('/b', made('0755'));
    const gone: Change = { kind: 'directory', at: '/b', before: made('0755'), after: null };
    await apply(host.carrier(), journalOf([make('/a'), make('/c'), gone, make('/d')], 2));
    expect(host.batches).toEqual([
      ['/a', '/c'],
      ['/b', '/d'],
    ]);
    const twice = new Crowded();
    const again: Change = { kind: 'directory', at: '/a', before: made('0755'), after: made('0700') };
    await apply(twice.carrier(), journalOf([make('/a'), again]));
    expect(twice.batches).toEqual([]);
    expect([...twice.folders]).toEqual([['/a', made('0700')]]);
  });
});

describe('daemons', () => {
  it('are not touched on the way back when they never read what was new', async () => {
    const host = new Pretended();
    host.failAt = 1;
    await expect(apply(host.carrier(), journalOf([unload, make('/a'), reload]))).rejects.toThrow(OperatorError);
    expect(host.acts).toEqual([]);
  });

  it('read the old state again, once it is back, when they may have read the new one', async () => {
    const host = new Pretended();
    host.failAt = 3;
    await expect(apply(host.carrier(), journalOf([unload, make('/a'), reload, make('/b')]))).rejects.toThrow(
      OperatorError,
    );
    expect(host.acts).toEqual(['sshd in', 'sshd out']);
    expect(host.snapshot()).toBe('[]');
  });

  it('come back with the socket that they read, and not with that of another', async () => {
    const stopped = (at: string, link: string): Change => ({
      ...{ kind: 'sync', at, before: null },
      after: { way: 'out', reads: [link] },
    });
    const rsyslog: Change = { kind: 'sync', at: 'rsyslog', before: { way: 'in', reads: ['/log'] }, after: null };
    const undone = async (socket: Change) => {
      const host = new Pretended();
      host.failAt = 2;
      await expect(apply(host.carrier(), journalOf([rsyslog, socket, make('/a')]))).rejects.toThrow(OperatorError);
      return host.acts.slice(1);
    };
    expect(await undone(stopped('log.socket', '/log'))).toEqual(['rsyslog in']);
    expect(await undone(stopped('hook.socket', '/hook'))).toEqual([]);
  });
});

describe('past its point of no return', () => {
  const plan = () =>
    journalOf([make('/a'), { kind: 'directory', at: '/b', before: made('0755'), after: null }, make('/c')], 1);

  it('a failed plan is left for recover, which finishes it', async () => {
    const host = new Pretended();
    host.folders.set('/b', made('0755'));
    host.failAt = 3;
    const journal = plan();
    await expect(apply(host.carrier(), journal)).rejects.toMatchObject({ outcome: 'halfway' });
    expect(await recover(host.carrier(), journal)).toBe('finished');
    expect([...host.folders.keys()]).toEqual(['/a', '/c']);
  });

  it('an interruption no longer stops it', async () => {
    const host = new Pretended();
    host.folders.set('/b', made('0755'));
    const controller = new AbortController();
    const onChanges = ([change]: readonly Change[]) => change?.at === '/b' && controller.abort();
    await apply({ ...host.carrier(controller.signal), onChanges }, plan());
    expect([...host.folders.keys()]).toEqual(['/a', '/c']);
  });
});

describe('wherever a plan dies', () => {
  it('recover brings the host back to what it was', async () => {
    const paths = fc.uniqueArray(fc.constantFrom('/a', '/b', '/c', '/d', '/e'), { minLength: 1 });
    await fc.assert(
      fc.asyncProperty(paths, paths, fc.nat({ max: 8 }), async (there, touched, failAt) => {
        const host = new Pretended();
        for (const at of there) host.folders.set(at, made('0700'));
        const before = host.snapshot();
        const changes = touched.map(
          (at): Change => ({ kind: 'directory', at, before: host.folders.get(at) ?? null, after: made('0755') }),
        );
        const journal = journalOf(changes);
        Object.assign(host, { failAt, die: true });
        const outcome = await apply(host.carrier(), journal).then(
          () => 'done',
          () => 'dead',
        );
        if (outcome === 'done') return;
        Object.assign(host, { die: false, failAt: 0 });
        expect(await recover(host.carrier(), journal)).toBe('undone');
        expect(host.snapshot()).toBe(before);
      }),
    );
  });
});
