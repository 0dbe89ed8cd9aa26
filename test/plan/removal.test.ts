import { describe, expect, it } from 'vitest';
import type { Change } from '../../src/plan/change.ts';
import { finalLast, keepOccupied } from '../../src/plan/removal.ts';

const state = { owner: 'root', group: 'root', mode: '0755' };
const removeFolder = (at: string): Change => ({ kind: 'directory', at, before: state, after: null });
const removeFile = (at: string): Change => ({ kind: 'file', at, before: { ...state, content: '' }, after: null });
const removeGroup: Change = { kind: 'group', at: 'sftp', before: { gid: 997 }, after: null };
const removeTree: Change = { kind: 'tree', at: '/root-of-jails/.removed', before: {}, after: null };
const removeAccount: Change = {
  kind: 'account',
  at: 'acme',
  before: { uid: 70_000, group: 'sftp', groups: ['sftp-only'], comment: '', home: '/data', shell: '/usr/sbin/nologin' },
  after: null,
};

describe('a folder is removed only when nothing of others is in it', () => {
  const changes = [removeFile('/etc/ours/a'), removeFolder('/etc/ours/inner'), removeFolder('/etc/ours')];

  it('goes with all that is ours', () => {
    const entries: Record<string, string[]> = { '/etc/ours': ['a', 'inner'] };
    expect(keepOccupied(changes, (folder) => entries[folder] ?? [])).toEqual({ changes, occupied: [] });
  });

  it('stays with what is somebody else’s, and so do the folders above it', () => {
    const entries: Record<string, string[]> = { '/etc/ours': ['a', 'inner'], '/etc/ours/inner': ['theirs'] };
    expect(keepOccupied(changes, (folder) => entries[folder] ?? [])).toEqual({
      changes: [removeFile('/etc/ours/a')],
      occupied: ['/etc/ours/inner', '/etc/ours'],
    });
  });
});

describe('what cannot be undone comes last', () => {
  it('accounts, trees, the folder above them, groups; from the first of them on there is no way back', () => {
    const above = removeFolder('/root-of-jails');
    const ordered = finalLast(
      [removeGroup, above, removeTree, removeAccount, removeFile('/etc/a')],
      new Set(['/root-of-jails']),
    );
    expect(ordered).toEqual({
      changes: [removeFile('/etc/a'), removeAccount, removeTree, above, removeGroup],
      pointOfNoReturn: 1,
    });
  });

  it('a host without accounts can be had back at any point', () => {
    expect(finalLast([removeGroup, removeFile('/etc/a')], new Set())).toEqual({
      changes: [removeFile('/etc/a'), removeGroup],
    });
  });
});
