import { describe, expect, it } from 'vitest';
import { type Component, judgeComponents, judgeJailsRoot } from '../../src/plan/root.ts';

const folder = { uid: 0, mode: 0o40755, isDirectory: true, isSymlink: false };
const path = (last: Partial<NonNullable<Component['found']>> | null): Component[] => [
  { path: '/', found: folder },
  { path: '/srv', found: last && { ...folder, ...last } },
];

describe('the way to the jails, as sshd judges it (session.c, safely_chroot)', () => {
  it.each([
    ['root’s own folders', {}],
    ['a folder with another group', { mode: 0o40751 }],
  ])('accepts %s', (_what, last) => expect(judgeJailsRoot(path(last))).toBeNull());

  it('accepts what does not exist yet', () => expect(judgeJailsRoot(path(null))).toBeNull());

  it.each([
    ['a folder of somebody else', { uid: 1000 }, '/srv does not belong to root', 'chown root /srv'],
    [
      'one that a group can write to',
      { mode: 0o40775 },
      '/srv can be written by others than root (mode 775)',
      'chmod go-w /srv',
    ],
    [
      'a world-writable one, sticky or not',
      { mode: 0o41777 },
      '/srv can be written by others than root (mode 1777)',
      'chmod go-w /srv',
    ],
    [
      'one that customers cannot enter',
      { mode: 0o40750 },
      '/srv cannot be entered by customers (mode 750)',
      'chmod o+x /srv',
    ],
    [
      'a symlink',
      { isSymlink: true, isDirectory: false },
      '/srv is a symlink',
      'use the path that it leads to: readlink -f /srv',
    ],
    ['a file', { isDirectory: false }, '/srv is not a directory', 'ls -ld /srv'],
  ])('refuses %s', (_what, last, what, hint) => expect(judgeJailsRoot(path(last))).toEqual({ what, hint }));
});

describe('the way to what root runs', () => {
  it('may be shut to customers, as /root is for a node of nvm', () =>
    expect(judgeComponents(path({ mode: 0o40700 }))).toBeNull());

  it('is no other person’s to change', () => expect(judgeComponents(path({ uid: 1000 }))?.what).toContain('/srv'));

  it('is named so that a shell reads one word', () =>
    expect(judgeComponents([{ path: "/srv/it's mine", found: { ...folder, uid: 1000 } }])?.hint).toBe(
      "chown root '/srv/it'\\''s mine'",
    ));
});
