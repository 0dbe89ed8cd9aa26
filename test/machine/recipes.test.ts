import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { Clients, makeKeyPair } from '../support/clients.ts';
import { describeMachine } from '../support/describe.ts';
import { bootMachine, type Machine } from '../support/machine.ts';
import { SftpLog } from '../support/sftp-log.ts';
import { diffTrees, type Tree } from '../support/tree.ts';

interface Recipe {
  readonly jail: string;
  readonly data: string;
  readonly log: string;
  readonly group: string;
  readonly command: string;
  /** Mode of an upload of a file that is 0666 at the customer's. */
  readonly mode: string;
  readonly perJail: boolean;
}

const RECIPES: Record<string, Recipe> = {
  'data-files': {
    ...{ jail: '/data', data: 'files', log: '/var/log/sftp.log', group: 'sftponly', mode: '660', perJail: true },
    command: 'internal-sftp -lVERBOSE -fLOCAL3 -u0007 -d/files -Psymlink',
  },
  'sftp-root-data': {
    ...{ jail: '/sftp-root', data: 'data', log: '/var/log/sftp.log', group: 'sftp-only', mode: '664', perJail: false },
    command: 'internal-sftp -lINFO -fLOCAL3 -u0002 -d/data -Psymlink',
  },
  'srv-archives': {
    ...{ jail: '/srv/jails', data: 'archives', log: '/var/log/archives.log', group: 'sftp-only', mode: '660' },
    ...{ command: 'internal-sftp -lVERBOSE -fLOCAL3 -u0007 -d/archives -Psymlink', perJail: true },
  },
};

const ACCOUNT_TOOLS = /^[-+] \/etc\/(passwd|group|shadow|gshadow|subuid|subgid)-|^[-+] \/etc\/\.pwd\.lock/;

for (const [name, recipe] of Object.entries(RECIPES)) {
  const { jail, data, log: logFile, group, command, mode, perJail } = recipe;
  describeMachine(
    `the layout of ${name}.yaml`,
    (image) => {
      let machine: Machine;
      let clients: Clients;
      let log: SftpLog;
      let before: Tree;
      beforeAll(async () => {
        machine = await bootMachine(image);
        const key = await makeKeyPair(machine);
        clients = new Clients(machine, key);
        log = new SftpLog(machine, logFile);
        await machine.run('mkdir', ['/etc/sftpjail']);
        const text = readFileSync(join(import.meta.dirname, `../recipes/${name}.yaml`), 'utf8');
        await machine.writeFile('/etc/sftpjail/config.yaml', text);
        await machine.writeFile('/root/order', 'bricks', 0o666);
        before = await machine.tree(['/etc']);
        await machine.sftpjail('init', '--yes');
        await machine.sftpjail('add-user', 'acme', '--key', `${key.path}.pub`);
        await machine.sftpjail('add-user', 'bob', '--key', `${key.path}.pub`);
        await machine.sftpjail('add-admin', 'boss', '--key', `${key.path}.pub`);
      });
      afterAll(() => machine?.close());

      const upload = async (user: string) => {
        const logged = await log.of(user, async () => {
          expect((await clients.sftpBatch(user, ['put /root/order'])).exitCode).toBe(0);
        });
        expect(logged).toContain(`close "/${data}/order" bytes read 0 written 6`);
      };

      test('what is rendered is what is installed', async () => {
        expect(await machine.sftpjail('render-config', '--diff')).toMatchObject({ stdout: '', exitCode: 0 });
        const connection = 'user=acme,host=x,addr=1.2.3.4,laddr=127.0.0.1,lport=22';
        const effective = (await machine.run('/usr/sbin/sshd', ['-T', '-C', connection])).stdout;
        expect(effective).toContain(`\nchrootdirectory ${jail}/%u\n`);
        expect(effective).toContain(`\nforcecommand ${command}\n`);
        expect((await machine.run('id', ['-Gn', 'acme'])).stdout).toBe(`sftp ${group}\n`);
      });

      test('both customers upload, with the right mode, and it is on record', async () => {
        for (const user of ['acme', 'bob']) {
          await upload(user);
          expect((await machine.run('stat', ['-c', '%U %G %a', `${jail}/${user}/${data}/order`])).stdout).toBe(
            `${user} sftp ${mode}\n`,
          );
        }
      });

      test(perJail ? 'each jail has a socket of its own' : 'the jails share one socket', async () => {
        const sockets = ['', '/acme', '/bob'].map((folder) => `${jail}${folder}/dev/log`);
        const { stdout } = await machine.run('stat', ['-c', '%i %U %G %a', ...sockets]);
        const lines = stdout.trim().split('\n');
        expect(new Set(lines).size).toBe(perJail ? 3 : 1);
        for (const line of lines) expect(line).toMatch(/^\d+ root sftp 660$/);
        const states = JSON.parse((await machine.sftpjail('list-users', '--json')).stdout).users;
        expect(states.map(({ link }: { link: string }) => link)).toEqual(
          perJail ? ['own', 'own', 'own'] : ['current', 'current', 'own'],
        );
      });

      test('an administrator replaces and removes what customers brought', async () => {
        const ran = await clients.sftpBatch('boss', [
          `get /acme/${data}/order /root/got`,
          `put /root/order /acme/${data}/new`,
          `rename /acme/${data}/new /acme/${data}/order`,
          `rm /bob/${data}/order`,
        ]);
        expect(ran).toMatchObject({ exitCode: 0, stderr: '' });
        await log.until('internal-sftp: session closed for local user boss from [127.0.0.1]');
      });

      test('restarts of rsyslog lose nothing', async () => {
        const ids = (await machine.sh('id -u acme; getent group sftp | cut -d: -f3')).stdout.trim().replace('\n', ':');
        const sending = machine.run('/opt/test-support/bin/syslog-rate', [
          `${jail}/acme`,
          ids,
          '400',
          '200',
          'counted',
        ]);
        for (let restarts = 0; restarts < 4; restarts++) {
          await machine.run('systemctl', ['restart', 'rsyslog']);
          await machine.sh('sleep 0.3');
        }
        await sending;
        const lines = (await log.until('internal-sftp: counted 400')).filter((line) => line.includes('counted'));
        expect(lines).toEqual(Array.from({ length: 400 }, (_, index) => `internal-sftp: counted ${index + 1}`));
        await upload('acme');
      });

      test('a second run changes nothing, and a reboot neither', async () => {
        expect((await machine.run('sftpjail', ['init'])).stderr).toContain('nothing was changed');
        expect((await machine.sftpjail('add-user', 'bob')).stderr).toContain('nothing was changed');
        await machine.reboot();
        for (const user of ['acme', 'bob']) await upload(user);
        expect((await machine.run('sftpjail', ['init'])).stderr).toContain('nothing was changed');
      });

      test('uninstall leaves /etc as it was, and the log', async () => {
        const ran = await machine.sftpjail('uninstall', '--yes', '--remove-users');
        expect(ran.stderr).toContain(`The log stays: ${logFile}`);
        const differences = diffTrees(before, await machine.tree(['/etc']));
        expect(differences.filter((line) => !ACCOUNT_TOOLS.test(line))).toEqual([]);
        const units = await machine.run('systemctl', ['list-units', '--all', '--plain', '--no-legend', 'sftpjail*']);
        expect(units.stdout).toBe('');
        expect((await machine.attempt('test', ['-e', '/var/lib/sftpjail'])).exitCode).toBe(1);
        await log.until(`internal-sftp: close "/${data}/order" bytes read 0 written 6`);
      });
    },
    ['bookworm'],
  );
}
