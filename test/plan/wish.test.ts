import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import type { Kind, States } from '../../src/plan/change.ts';
import { type Direction, difference, type Wish } from '../../src/plan/wish.ts';

const DROP_IN = '/etc/rsyslog.d/ours.conf';
const FOLDER = '/etc/ours';
const folder: Wish = { kind: 'directory', at: FOLDER, state: { owner: 'root', group: 'root', mode: '0755' } };
const dropIn: Wish = { kind: 'file', at: DROP_IN, state: { owner: 'root', group: 'root', mode: '0644', content: 'x' } };
const leave: Wish = { kind: 'sync', at: 'rsyslog', state: { way: 'out', reads: [DROP_IN] } };
const use: Wish = { kind: 'sync', at: 'rsyslog', state: { way: 'in', reads: [DROP_IN] } };
const judge: Wish = { kind: 'check', at: 'rsyslogd accepts it', state: { reads: [DROP_IN] } };
const host = [folder, leave, dropIn, judge, use];

/** A host on which some wishes are true already. */
const having =
  (...there: Wish[]) =>
  (wish: Wish): States[Kind] | null =>
    there.includes(wish) ? wish.state : null;

const summary = (direction: Direction, found: (wish: Wish) => States[Kind] | null) =>
  difference(direction, host, found).map(
    ({ kind, at, before, after }) => `${before ? '+' : '-'}${after ? '+' : '-'} ${kind} ${at}`,
  );

describe('building a host up', () => {
  it('makes everything in order, and restarts a daemon after the file it reads', () => {
    expect(summary('building', having())).toEqual([
      '-+ directory /etc/ours',
      '+- sync rsyslog',
      '-+ file /etc/rsyslog.d/ours.conf',
      '-+ check rsyslogd accepts it',
      '-+ sync rsyslog',
    ]);
  });

  it('changes nothing where everything is so', () => {
    expect(summary('building', having(...host))).toEqual([]);
  });

  it('leaves daemons alone when nothing they read changes', () => {
    expect(summary('building', having(dropIn, use))).toEqual(['-+ directory /etc/ours']);
  });

  it('restarts a daemon that does not use what stands on the disk', () => {
    expect(summary('building', having(folder, dropIn))).toEqual(['-+ sync rsyslog']);
  });

  it('changes what is there with another mode, and keeps what was for the way back', () => {
    const [change] = difference('building', [folder], () => ({ owner: 'root', group: 'root', mode: '0777' }));
    expect(change).toMatchObject({ before: { mode: '0777' }, after: { mode: '0755' } });
  });

  it('asks a check that names nothing every time', () => {
    const always: Wish = { kind: 'check', at: 'sshd confines it', state: { reads: [] } };
    expect(difference('building', [always], having())).toHaveLength(1);
  });
});

describe('taking a host down', () => {
  it('follows the same list backwards, and restarts a daemon once its file is gone', () => {
    expect(summary('removing', having(...host))).toEqual([
      '+- sync rsyslog',
      '+- file /etc/rsyslog.d/ours.conf',
      '-+ sync rsyslog',
      '+- directory /etc/ours',
    ]);
  });

  it('finds nothing to do on a host without us', () => {
    expect(summary('removing', having())).toEqual([]);
  });
});

describe('both ways', () => {
  it('have before and after exchanged, whatever is there', () => {
    const wishes = fc.uniqueArray(fc.nat({ max: 40 }), { maxLength: 12 }).map((names) =>
      names.map(
        (name): Wish => ({
          kind: 'directory',
          at: `/${name}`,
          state: { owner: 'root', group: 'root', mode: '0755' },
        }),
      ),
    );
    fc.assert(
      fc.property(wishes, (list) => {
        const up = difference('building', list, () => null);
        const down = difference('removing', list, (wish) => wish.state);
        expect(down).toEqual(
          up.toReversed().map(({ before, after, ...rest }) => ({ ...rest, before: after, after: before })),
        );
      }),
    );
  });
});
