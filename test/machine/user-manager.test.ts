import { expect, test } from 'vitest';
import { addCustomers } from '../support/customers.ts';
import { describeMachine } from '../support/describe.ts';
import { bootMachine } from '../support/machine.ts';
import { OPEN } from '../support/sftp-codes.ts';

describeMachine(
  'where every login starts a manager of the user’s own',
  (image) => {
    test('it ends with the sessions, which are logged to their last bytes, and the account can go', async () => {
      const machine = await bootMachine(image);
      try {
        await machine.sftpjail('init', '--yes');
        const clients = await addCustomers(machine, 'acme');
        const own = async () => (await machine.attempt('pgrep', ['--uid', 'acme', '--list-name'])).stdout;
        const manager = async () => (await machine.attempt('systemctl', ['is-active', 'user@70000'])).stdout.trim();

        const endsBy = async (command: 'lock-user' | 'remove-user') => {
          const wire = await clients.wire('acme');
          const handle = (await wire.open(`/data/${command}`, OPEN.write | OPEN.creat)).handle as Buffer;
          await wire.write(handle, 0, Buffer.alloc(4321));
          await expect.poll(manager, { timeout: 30_000 }).toBe('active');
          expect(await own()).toMatch(/systemd/);
          await machine.sftpjail(command, 'acme', '--yes');
          await expect(wire.stat('/data')).rejects.toThrow();
          expect(await machine.readFile('/var/log/sftp.log')).toContain(
            `forced close "/data/${command}" bytes read 0 written 4321\n`,
          );
          expect(await own()).toBe('');
          expect(await manager()).toBe('inactive');
        };

        await endsBy('lock-user');
        await machine.sftpjail('unlock-user', 'acme');
        await endsBy('remove-user');
        expect((await machine.attempt('id', ['acme'])).exitCode).toBe(1);
      } finally {
        await machine.close();
      }
    });
  },
  ['bookworm-logind', 'trixie-logind'],
);
