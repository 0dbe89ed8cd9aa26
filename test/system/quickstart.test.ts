import { join, resolve } from 'node:path';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { describeHost } from '../support/describe.ts';
import { type Overlay, openHostOverlay } from '../support/overlay.ts';

const CLONE = '/root/fresh-clone';
const REPOSITORY = resolve(import.meta.dirname, '../..');

describeHost('npm run quickstart, in a fresh clone on a host without systemd', () => {
  let host: Overlay;

  const quickstart = () =>
    host.run('npm', ['--prefix', CLONE, 'run', 'quickstart', '--', 'acme'], { timeout: 600_000 });

  beforeAll(async () => {
    host = await openHostOverlay();
    await host.sh(
      'mkdir "$1"; cd "$2"; git ls-files -z | tar --create --null --files-from=- | tar --extract --directory="$1"',
      {
        args: [CLONE, REPOSITORY],
      },
    );
  });
  afterAll(() => host?.close());

  it('ends with an upload by the real client, and its line from the log', async () => {
    const first = await quickstart();
    expect(first.stdout).toMatch(/internal-sftp\[\d+\]: close "\/data\/quickstart\.txt" bytes read 0 written 17$/m);
    expect(first.stdout).toContain('All is well.');
    expect(await host.readFile('/sftp-root/acme/data/quickstart.txt')).toBe('acme can upload.\n');
  });

  it('says that all is well when it is run again', async () => {
    const second = await quickstart();
    expect(second.stderr).toContain('acme is as it should be; nothing was changed.');
    expect(second.stdout).toContain('All is well.');
  });

  it('leaves a sftpjail that does not need the clone', async () => {
    await host.run('rm', ['-r', CLONE]);
    const { stdout } = await host.run(join('/usr/local/bin', 'sftpjail'), ['list-users', '--json']);
    expect(JSON.parse(stdout)).toMatchObject({
      users: [{ name: 'acme', mode: 'read-write', keys: 1, link: 'current' }],
    });
  });
});
