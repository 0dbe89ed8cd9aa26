import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { REPO } from '../support/cache.ts';
import { Clients, makeKeyPair } from '../support/clients.ts';
import { describeMachine } from '../support/describe.ts';
import { execute } from '../support/exec.ts';
import { bootMachine, type Machine } from '../support/machine.ts';

describeMachine(
  "the npm package, installed with Debian's own nodejs and npm and without a network",
  (image) => {
    const folder = mkdtempSync(join(tmpdir(), 'sftpjail-pack.'));
    let machine: Machine;
    let customer: Clients;
    beforeAll(async () => {
      // Without its scripts: what is built already is what is tested.
      const packed = await execute('npm', ['pack', '--json', '--ignore-scripts', '--pack-destination', folder, REPO]);
      const [{ filename }] = JSON.parse(packed.stdout) as [{ filename: string }];
      machine = await bootMachine(image, { product: false, bind: [{ from: folder, to: '/mnt' }] });
      await machine.run('npm', ['install', '--global', '--offline', '--no-audit', `/mnt/${filename}`]);
      customer = new Clients(machine, await makeKeyPair(machine));
    });
    afterAll(async () => {
      await machine?.close();
      rmSync(folder, { recursive: true });
    });

    const asNobody = (...words: string[]) =>
      machine.attempt('setpriv', ['--reuid=65534', '--regid=65534', '--clear-groups', 'sftpjail', ...words]);

    test('brings no package with it', async () => {
      const installed = '/usr/local/lib/node_modules/sftpjail';
      expect((await machine.run('readlink', ['-f', '/usr/local/bin/sftpjail'])).stdout).toBe(
        `${installed}/bin/sftpjail.js\n`,
      );
      expect((await machine.attempt('test', ['-e', `${installed}/node_modules`])).exitCode).toBe(1);
      await machine.run('ls', ['/usr/local/share/man/man8/sftpjail.8', '/usr/local/share/man/man8/sftpjail-init.8']);
    });

    test('tells everybody what it is, and only root can use it', async () => {
      expect(await asNobody('--version')).toMatchObject({
        exitCode: 0,
        stdout: expect.stringMatching(/^\d+\.\d+\.\d+\n$/),
      });
      expect((await asNobody('--help')).stdout).toContain('Exit status:');
      expect(await asNobody('init', '--yes')).toMatchObject({
        exitCode: 4,
        stderr: 'sftpjail: error: only root can change this host\nsftpjail: hint: sudo sftpjail init --yes\n',
      });
    });

    test.each([
      ['chown 1000 /usr/local/lib/node_modules/sftpjail/bin/sftpjail.js', 'chown 0'],
      ['chmod o+w /usr/local/lib/node_modules/sftpjail/bin', 'chmod o-w'],
      ['chmod g+w /usr/bin/node', 'chmod g-w'],
    ])('is refused when others could change what root will run: %s', async (damage, mend) => {
      const path = damage.split(' ').at(-1) as string;
      await machine.sh(damage);
      const refused = await machine.attempt('sftpjail', ['init', '--yes']);
      await machine.sh(`${mend} ${path}`);
      expect(refused.exitCode).toBe(4);
      expect(refused.stderr).toContain('root would use ');
      expect((await machine.attempt('test', ['-e', '/etc/sftpjail'])).exitCode).toBe(1);
    });

    test('does the whole job', async () => {
      await machine.sftpjail('init', '--yes');
      await machine.sftpjail('add-user', 'acme', '--key', '/root/.ssh/customer.pub');
      const runs = '/usr/bin/node /usr/local/lib/node_modules/sftpjail/bin/sftpjail.js refresh-links';
      for (const unit of ['sftpjail-log.socket', 'rsyslog.service.d/10-sftpjail.conf'])
        expect(await machine.readFile(`/etc/systemd/system/${unit}`)).toMatch(
          new RegExp(`^ExecStartPost=-\\+.* ${runs}`, 'm'),
        );

      // The unit's own hook mends a link, so the paths in it work.
      await machine.sh('rm /sftp-root/acme/dev/log; systemctl restart rsyslog');
      expect((await customer.sftpBatch('acme', ['put /etc/hostname from-package'])).exitCode).toBe(0);
      await expect
        .poll(() => machine.readFile('/var/log/sftp.log'), { timeout: 10_000 })
        .toContain('close "/data/from-package"');
    });
  },
  ['trixie-npm'],
);
