import { afterAll, beforeAll, expect, test } from 'vitest';
import { Clients, makeKeyPair } from '../support/clients.ts';
import { describeMachine } from '../support/describe.ts';
import { ATTEMPTS } from '../support/escape.ts';
import { bootMachine, type Machine } from '../support/machine.ts';
import { OPEN } from '../support/sftp-codes.ts';
import type { SftpWire } from '../support/sftp-wire.ts';
import { diffTrees, type Tree } from '../support/tree.ts';

const WAYS_OUT = [
  '/etc/passwd',
  '//etc/passwd',
  '../../etc/passwd',
  '../../../../../../../etc/passwd',
  '/data/../../etc/passwd',
  'data/..//..//etc/passwd',
  '/proc/1/root/etc/passwd',
  '/proc/self/root/etc/passwd',
  '/bob/data/secret',
  '../../bob/data/secret',
  '/dev/../../bob/data/secret',
  '/sftp-root/bob/data/secret',
  '~bob/data/secret',
];

/** Symlinks as somebody who means harm would want them in `data`: name and target. */
const LINKS = {
  etc: '/etc',
  passwd: '/etc/passwd',
  'passwd-relative': '../../../etc/passwd',
  'other-jail': '../../bob',
  'other-secret': '../../bob/data/secret',
  'other-absolute': '/sftp-root/bob/data/secret',
  proc: '/proc/1/root/etc/passwd',
  host: '../../../../../../../..',
};
/** What cannot be reached through each of them. */
const THROUGH = [
  'etc/passwd',
  'other-jail/data/secret',
  'host/etc/passwd',
  'host/bob/data/secret',
  'host/sftp-root/bob',
];

/** What a customer may well do: not with what a symlink leads to, but with the symlink itself, in the own folder. */
const WITH_THE_LINK = ['lstat', 'readlink', 'hardlink from', 'touch the link', 'posix-rename to'].concat([
  'rename from',
  'posix-rename from',
  'remove',
]);

describeMachine('a customer tries to leave the jail', (image) => {
  let machine: Machine;
  let clients: Clients;
  let wire: SftpWire;
  let before: Tree;
  const outside = () =>
    machine.tree(['/etc', '/root', '/var/lib', '/sftp-root'], ['/sftp-root/acme/data', '/var/lib/systemd']);

  beforeAll(async () => {
    machine = await bootMachine(image);
    const key = await makeKeyPair(machine);
    clients = new Clients(machine, key);
    for (const name of ['acme', 'bob']) await machine.sftpjail('add-user', name, '--yes', '--key', `${key.path}.pub`);
    await machine.sh(
      'echo treasure > /sftp-root/bob/data/secret; chown bob:sftp /sftp-root/bob/data/secret; chmod 666 /sftp-root/bob/data/secret',
    );
    wire = await clients.wire('acme');
    before = await outside();
  });
  afterAll(() => machine?.close());

  /** Tries every request on a path, and names those that got something. */
  async function successesOn(path: string, prepare = async () => {}): Promise<string[]> {
    const successes = [];
    for (const [what, attempt] of Object.entries(ATTEMPTS)) {
      expect((await wire.put('/data/mine', 'mine')).status).toBe('ok');
      await prepare();
      const reply = await attempt(wire, path);
      if (reply.status === 'ok') successes.push(what);
    }
    return successes;
  }

  test.for(WAYS_OUT)('no request reaches %s', async (path) => {
    expect(await successesOn(path)).toEqual([]);
  });

  test('while each of these requests works within data', async () => {
    const prepare = async () => {
      await wire.put('/data/file', 'file');
      for (const path of ['/data/new', '/data/folder'])
        for (const away of ['remove', 'rmdir'] as const) await wire[away](path);
      await wire.mkdir('/data/folder');
    };
    const successes = new Set<string>();
    for (const path of ['/data/file', '/data/new', '/data/folder'])
      for (const what of await successesOn(path, prepare)) successes.add(what);
    await machine.sh('cd /sftp-root/acme/data; ln -s nowhere link; chown -h acme:sftp link');
    expect((await wire.readlink('/data/link')).status).toBe('ok');
    // Debian 12's glibc needs /proc for this one, and so it never works in a jail.
    if (image === 'bookworm') successes.add('chmod the link');
    expect([...successes, 'readlink'].sort()).toEqual(Object.keys(ATTEMPTS).sort());
  });

  test('.. at the top of the jail is the jail', async () => {
    for (const path of ['/..', '/../../..', '../..', '/data/../..'])
      expect((await wire.realpath(path)).names?.[0]?.name).toBe('/');
    const top = (await wire.opendir('/../..')).handle as Buffer;
    expect((await wire.readdir(top)).names?.map(({ name }) => name).sort()).toEqual(['.', '..', 'data', 'dev']);
    expect((await wire.expandPath('~bob')).status).not.toBe('ok');
  });

  test('symlinks cannot be made', async () => {
    for (const [name, target] of Object.entries(LINKS))
      expect((await wire.symlink(target, `/data/${name}`)).status).toBe('permission denied');
  });

  test('symlinks that are there all the same lead nowhere', async () => {
    for (const [name, target] of Object.entries(LINKS))
      await machine.sh('cd /sftp-root/acme/data; mkdir -p kept; ln -s "$1" "kept/$2"; chown -hR acme:sftp kept', {
        args: [target, name],
      });
    for (const path of THROUGH) expect([path, await successesOn(`/data/kept/${path}`)]).toEqual([path, []]);

    for (const [name, target] of Object.entries(LINKS)) {
      const fresh = async () => {
        await wire.remove('/data/link');
        expect((await wire.hardlink(`/data/kept/${name}`, '/data/link')).status).toBe('ok');
      };
      const successes = await successesOn('/data/link', fresh);
      // The one that climbs highest ends at the top of the jail, where one can look around and change nothing.
      const looks = name === 'host' ? ['stat', 'opendir', 'statvfs'] : [];
      expect([target, successes.sort()]).toEqual([target, [...WITH_THE_LINK, ...looks].sort()]);
    }
  });

  test('the jail itself and its dev cannot be written to, and /dev/log stays', async () => {
    await wire.put('/data/mine', 'mine');
    const statuses = [
      await wire.put('/new', 'x'),
      await wire.put('/dev/new', 'x'),
      await wire.put('/dev/log', 'x'),
      await wire.mkdir('/new'),
      await wire.mkdir('/dev/new'),
      await wire.remove('/dev/log'),
      await wire.rmdir('/dev'),
      await wire.rename('/dev/log', '/data/log'),
      await wire.posixRename('/data/mine', '/dev/log'),
      await wire.posixRename('/data/mine', '/dev/mine'),
      await wire.posixRename('/dev', '/data/dev'),
      await wire.posixRename('/data', '/files'),
      await wire.rmdir('/data'),
      await wire.hardlink('/dev/log', '/data/log'),
      await wire.hardlink('/data/mine', '/dev/mine'),
      await wire.setstat('/dev/log', { mode: 0o777 }),
      await wire.setstat('/dev', { mode: 0o777 }),
      await wire.setstat('/', { mode: 0o777 }),
      await wire.lsetstat('/dev/log', { atime: 1, mtime: 1 }),
      await wire.setstat('/data/mine', { uid: 0, gid: 0 }),
      await wire.open('/dev/log', OPEN.write),
    ].map(({ status }) => status);
    expect(new Set(statuses)).toEqual(new Set(['permission denied', 'failure']));
  });

  test('names of other accounts are not told', async () => {
    if (!wire.channel.extensions.has('users-groups-by-id@openssh.com')) throw new Error('the extension is not offered');
    const { stdout } = await machine.run('id', ['-u', 'bob']);
    const told = await wire.usersGroupsById([Number(stdout)], []);
    expect(told.extended?.toString('latin1')).not.toContain('bob');
  });

  test('nothing outside of data has changed', async () => {
    expect(diffTrees(before, await outside())).toEqual([]);
  });
});
