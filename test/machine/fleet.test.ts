import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { REPO } from '../support/cache.ts';
import { Clients, makeKeyPair } from '../support/clients.ts';
import { describeMachine } from '../support/describe.ts';
import { bootMachine, type Machine } from '../support/machine.ts';

const README = readFileSync(join(REPO, 'README.md'), 'utf8');

/** An example of the README, by its first line, with the key of this test in place of the one that is printed there. */
function example(firstLine: string, key: string): string {
  const block = [...README.matchAll(/^```yaml\n(.*?)^```$/gms)].map(([, text = '']) => text);
  const found = block.find((text) => text.startsWith(`${firstLine}\n`));
  if (found === undefined) throw new Error(`the README has no example that begins with ${firstLine}`);
  return found.replaceAll(/ssh-ed25519 AAAA\S+/g, key);
}

describeMachine(
  'the examples of the README for many hosts',
  (image) => {
    let machine: Machine;
    let customer: Clients;
    let key: string;
    beforeAll(async () => {
      machine = await bootMachine(image);
      const pair = await makeKeyPair(machine);
      key = pair.publicKey.trim().split(' ').slice(0, 2).join(' ');
      customer = new Clients(machine, pair);
    });
    afterAll(() => machine?.close());

    test('cloud-init makes a new host an SFTP server with its customers', async () => {
      await machine.run('mkdir', ['-p', '/var/lib/cloud/seed/nocloud']);
      await machine.writeFile('/var/lib/cloud/seed/nocloud/user-data', example('#cloud-config', key));
      await machine.writeFile('/var/lib/cloud/seed/nocloud/meta-data', 'instance-id: one\n');
      await machine.writeFile(
        '/etc/cloud/cloud.cfg.d/99-seed.cfg',
        'datasource_list: [ NoCloud, None ]\nlocale: false\n',
      );
      for (const stage of ['init --local', 'init', 'modules --mode=config', 'modules --mode=final'])
        await machine.run('cloud-init', stage.split(' '), { timeout: 120_000 });
      const { users } = JSON.parse((await machine.sftpjail('list-users', '--json')).stdout);
      expect(users).toMatchObject([{ name: 'acme', link: 'current', keys: 1 }]);
      expect(await customer.sftpBatch('acme', ['put /etc/hostname first'])).toMatchObject({ exitCode: 0 });
    });

    test('Ansible applies the manifest, and is told that the second time nothing changed', async () => {
      await machine.writeFile('/root/customers.yaml', example('# customers.yaml', key));
      await machine.writeFile('/root/playbook.yaml', example('# playbook.yaml', key));
      const play = async () => {
        const words = ['--inventory', 'localhost,', '--connection', 'local', '/root/playbook.yaml'];
        const { stdout } = await machine.run('ansible-playbook', words, { timeout: 240_000 });
        return /^localhost .*$/m.exec(stdout)?.[0];
      };
      expect(await play()).toMatch(/ok=\d+ +changed=[1-9]\d* .*failed=0/);
      expect(await play()).toMatch(/ok=\d+ +changed=0 .*failed=0/);
      const { users } = JSON.parse((await machine.sftpjail('list-users', '--json')).stdout);
      expect(users).toMatchObject([{ name: 'acme' }, { name: 'globex', mode: 'read-only' }]);
      expect(await customer.sftpBatch('globex', ['ls'])).toMatchObject({ exitCode: 0 });
    });
  },
  ['bookworm-fleet'],
);
