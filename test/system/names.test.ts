import { afterAll, beforeAll, expect, test } from 'vitest';
import { makeKeyPair } from '../support/clients.ts';
import { describeOverlay } from '../support/describe.ts';
import { type Overlay, openOverlay } from '../support/overlay.ts';
import { diffTrees, type Tree } from '../support/tree.ts';

/** What nobody may be called, and a part of what is said about it. */
const UNUSABLE: Record<string, string> = {
  '-rf': '"-rf" is not a usable login name',
  '../x': '"../x" is not a usable login name',
  '..': '".." is not a usable login name',
  'a/b': '"a/b" is not a usable login name',
  '.removed': '".removed" is not a usable login name',
  Acme: '"Acme" is not a usable login name',
  josé: '"josé" is not a usable login name',
  '7up': '"7up" is not a usable login name',
  'two words': '"two words" is not a usable login name',
  'a:b': '"a:b" is not a usable login name',
  'a%u': '"a%u" is not a usable login name',
  '*': '"*" is not a usable login name',
  'acme\n': '"acme\\n" is not a usable login name',
  'acme\nMatch all': '"acme\\nMatch all" is not a usable login name',
  '': '"" is not a usable login name',
  ['a'.repeat(33)]: 'is not a usable login name',
  dev: '"dev" is reserved',
  root: '"root" is reserved',
};

describeOverlay('names that are refused', (image) => {
  let overlay: Overlay;
  let before: Tree;
  const host = () => overlay.tree(['/etc', '/var/lib', '/sftp-root'], ['/var/lib/dpkg']);

  beforeAll(async () => {
    overlay = await openOverlay(image);
    const key = await makeKeyPair(overlay);
    await overlay.sh('mkdir -p /run/sshd; cp "$1.pub" /root/key; sftpjail init --yes', { args: [key.path] });
    await overlay.sh(
      `useradd -m person
       useradd -M -d /data -s /usr/sbin/nologin likeours
       useradd -M -d /data -N -g sftp -s /usr/sbin/nologin halfours
       mkdir -p /sftp-root/orphan/data /sftp-root/.removed/gone.20260101T000000Z/data
       echo treasure | tee /sftp-root/orphan/data/file > /sftp-root/.removed/gone.20260101T000000Z/data/file
       chown -R 70007:sftp /sftp-root/orphan/data
       chown -R 70008:sftp /sftp-root/.removed/gone.20260101T000000Z/data
       chmod 700 /sftp-root/.removed`,
    );
    before = await host();
  });
  afterAll(() => overlay?.close());

  /** The operator reads what is wrong and what to do. */
  async function isRefused(args: readonly string[], exitCode: number, said: string): Promise<void> {
    const ran = await overlay.attempt('sftpjail', args);
    expect(ran).toMatchObject({ exitCode, stdout: '' });
    expect(ran.stderr).toContain(said);
    expect(ran.stderr).toMatch(/^sftpjail: hint: \S.*$/m);
  }

  test.for(Object.entries(UNUSABLE))('%j', async ([name, said]) => {
    await isRefused(['add-user', '--yes', '--key', '/root/key', '--', name], 2, said);
    await isRefused(['add-admin', '--yes', '--', name], 2, said);
  });

  test('a name that looks like an option', async () => {
    await isRefused(['add-user', '-rf', '--yes'], 2, "unknown option '-rf'");
    await isRefused(['add-user', '--yes'], 2, "missing required argument 'name'");
    await isRefused(['add-user', 'acme', 'extra', '--yes'], 2, 'too many arguments');
  });

  test.for(['person', 'likeours', 'halfours', 'daemon'])('%s, an account that somebody else made', async (name) => {
    const said = `an account ${name} exists already and is not one of ours`;
    await isRefused(['add-user', name, '--yes', '--key', '/root/key'], 4, said);
    await isRefused(['add-user', name, '--yes', '--read-only'], 4, said);
    await isRefused(['add-admin', name, '--yes'], 4, said);
  });

  test("a jail that holds somebody else's files", async () => {
    const said = '/sftp-root/orphan/data holds what belongs to 70007, who is not the new orphan';
    await isRefused(['add-user', 'orphan', '--yes', '--key', '/root/key'], 4, said);
  });

  test('a uid that somebody has, or whose files are still here', async () => {
    const { stdout } = await overlay.run('id', ['-u', 'person']);
    const asking = (uid: string) => ['add-user', 'acme', '--yes', '--uid', uid];
    await isRefused(asking(stdout.trim()), 4, `uid ${stdout.trim()} belongs to person`);
    await isRefused(asking('70007'), 4, 'files of a removed account belong to uid 70007');
    await isRefused(asking('70008'), 4, 'files of a removed account belong to uid 70008');
    for (const uid of ['0', '999', '-1', '1e4', '4294967294', 'root', ''])
      await isRefused(['add-user', 'acme', '--yes', `--uid=${uid}`], 2, `${JSON.stringify(uid)} is not a usable uid`);
  });

  test('nothing has changed by all this', async () => {
    expect(diffTrees(before, await host())).toEqual([]);
  });
});

describeOverlay('names that are taken', (image) => {
  test('a NUL ends an argument, so none reaches us; the longest name works; uids with files are passed over', async () => {
    const overlay = await openOverlay(image);
    try {
      const key = await makeKeyPair(overlay);
      await overlay.sh('sftpjail init --yes; mkdir -p /sftp-root/orphan/data; chown 70000 /sftp-root/orphan/data');
      const longest = 'a_-9'.repeat(8);
      await overlay.sftpjail('add-user', longest, '--key', `${key.path}.pub`);
      expect((await overlay.run('id', ['-u', longest])).stdout).toBe('70001\n');
    } finally {
      await overlay.close();
    }
  });
});
