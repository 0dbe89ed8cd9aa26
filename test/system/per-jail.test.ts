import { afterAll, beforeAll, expect, test } from 'vitest';
import { Clients, makeKeyPair } from '../support/clients.ts';
import { describeOverlay } from '../support/describe.ts';
import { type Overlay, openOverlay } from '../support/overlay.ts';
import { SftpLog } from '../support/sftp-log.ts';
import { diffTrees, type Tree } from '../support/tree.ts';

const PER_JAIL = 'log: { socket: per-jail }\n';
const SHARED = 'log: { socket: shared }\n';

describeOverlay('a socket for each jail, without systemd', (image) => {
  let overlay: Overlay;
  let clients: Clients;
  let log: SftpLog;
  let before: Tree;
  beforeAll(async () => {
    overlay = await openOverlay(image);
    clients = new Clients(overlay, await makeKeyPair(overlay));
    log = new SftpLog(overlay);
    await overlay.run('mkdir', ['/etc/sftpjail']);
    await overlay.writeFile('/etc/sftpjail/config.yaml', PER_JAIL);
    before = await overlay.tree(['/etc']);
    await overlay.sftpjail('init', '--yes');
    for (const name of ['acme', 'bob']) await overlay.sftpjail('add-user', name, '--key', '/root/.ssh/customer.pub');
  });
  afterAll(() => overlay?.close());

  const isOnRecord = async (user: string) => {
    const logged = await log.of(user, async () => {
      expect((await clients.sftpBatch(user, ['put /etc/hostname'])).exitCode).toBe(0);
    });
    expect(logged.join('\n')).toMatch(/close "\/data\/hostname" bytes read 0 written \d+/);
  };
  const inodes = async () => {
    const { stdout } = await overlay.sh('stat -c %i /sftp-root/dev/log /sftp-root/*/dev/log');
    return new Set(stdout.trim().split('\n')).size;
  };

  test('rsyslogd makes one in every jail', async () => {
    for (const user of ['acme', 'bob']) await isOnRecord(user);
    // The root's own stands twice in the list: the glob matches no other.
    expect(await inodes()).toBe(3);
    expect((await overlay.run('sftpjail', ['init'])).stderr).toContain('nothing was changed');
  });

  test('a restart of rsyslogd needs no hook, in open sessions and new ones', async () => {
    const open = await clients.wire('acme');
    await overlay.sh(
      `pid=$(cat /run/rsyslogd.pid); kill $pid; while kill -0 $pid 2>/dev/null; do sleep 0.02; done
       rsyslogd; until [ -S /sftp-root/acme/dev/log ]; do sleep 0.02; done`,
    );
    await open.put('/data/afterwards', 'x');
    await log.until('internal-sftp: close "/data/afterwards" bytes read 0 written 1');
    await open.close();
    await isOnRecord('bob');
  });

  test('the way of logging can be changed, there and back', async () => {
    await overlay.writeFile('/etc/sftpjail/config.yaml', SHARED);
    await overlay.sftpjail('init', '--yes');
    expect(await inodes()).toBe(1);
    for (const user of ['acme', 'bob']) await isOnRecord(user);
    await overlay.writeFile('/etc/sftpjail/config.yaml', PER_JAIL);
    await overlay.sftpjail('init', '--yes');
    expect(await inodes()).toBe(3);
    for (const user of ['acme', 'bob']) await isOnRecord(user);
  });

  test('uninstall leaves /etc as it was, and no socket', async () => {
    await overlay.sftpjail('uninstall', '--yes', '--remove-users', '--delete-data');
    const accountTools = /^[-+] \/etc\/(passwd|group|shadow|gshadow|subuid|subgid)-|^[-+] \/etc\/\.pwd\.lock/;
    const differences = diffTrees(before, await overlay.tree(['/etc']));
    expect(differences.filter((line) => !accountTools.test(line))).toEqual([]);
    expect((await overlay.attempt('ls', ['/sftp-root'])).exitCode).toBe(2);
  });
});
