import { afterAll, beforeAll, expect, test } from 'vitest';
import { Clients, type KeyPair, makeKeyPair } from '../support/clients.ts';
import { describeMachine } from '../support/describe.ts';
import { intrude } from '../support/intruder.ts';
import { bootMachine, type Machine } from '../support/machine.ts';
import { manifestOf } from '../support/manifest.ts';

const JAILED = 'sftp> pwd\nRemote working directory: /data\nsftp> ls -1 /\n/data\n/dev';
/** What internal-sftp says to whoever wants a shell or a command; an account outside of our blocks gets another answer. */
const REFUSAL = 'This service allows sftp connections only.';

describeMachine('someone tries to log in all the while an account is made', (image) => {
  let machine: Machine;
  let pair: KeyPair;
  beforeAll(async () => {
    machine = await bootMachine(image);
    pair = await makeKeyPair(machine);
    // Whoever is outside of our blocks for a moment is let in at once, with a key that is known beforehand.
    await machine.sh(
      'cp "$1" /etc/ssh/all; echo "AuthorizedKeysFile /etc/ssh/all" > /etc/ssh/sshd_config.d/10-all.conf; systemctl restart ssh',
      { args: [`${pair.path}.pub`] },
    );
  });
  afterAll(() => machine?.close());

  test('a connection that was opened before the host was prepared', async () => {
    const late = 'exec 3<>/dev/tcp/127.0.0.1/22; until [ -e /tmp/go ]; do sleep 0.1; done; cat <&0 >&3 & cat <&3';
    const clients = new Clients(machine, pair);
    const attempt = clients.sshTry('early', ['-o', `ProxyCommand=bash -c '${late}'`], ['echo', 'in']);
    await machine.sh('until [ "$(ss -Htn state established sport = :22 | wc -l)" -gt 0 ]; do sleep 0.05; done');

    await machine.sftpjail('add-user', 'early', '--key', `${pair.path}.pub`, '--yes');
    await machine.writeFile('/tmp/go', '');
    expect(await attempt).toMatchObject({ stdout: '', exitCode: 255 });
    expect(await clients.sftpBatch('early', ['ls'])).toMatchObject({ exitCode: 0 });
    await machine.sftpjail('uninstall', '--remove-users', '--yes');
  });

  const add = (name: string) => machine.sftpjail('add-user', name, '--key', `${pair.path}.pub`, '--yes');

  async function addWhileIntruding(name: string, adding = () => add(name)): Promise<void> {
    const intruder = intrude(machine, name, pair.path);
    await adding();
    const { sftp, other, attempts } = await intruder.stop();
    expect(new Set(sftp)).toEqual(new Set([JAILED]));
    expect(new Set(other.split('\n'))).toEqual(new Set([REFUSAL, '']));
    expect(attempts).toBeGreaterThan(sftp.length);
  }

  test.each(['first', 'second'])('on a host that is not prepared: the %s', async (name) => {
    await addWhileIntruding(name);
    await machine.sftpjail('uninstall', '--remove-users', '--yes');
  });

  test.each(['one', 'two', 'three'])('on a prepared host: the account %s', async (name) => {
    await machine.sftpjail('init', '--yes');
    await addWhileIntruding(name);
  });

  test('among many, by a manifest', async () => {
    await machine.writeFile('/root/many.yaml', manifestOf(200, pair.publicKey));
    await addWhileIntruding('customer-200', () => machine.sftpjail('apply', '/root/many.yaml', '--yes'));
    // The groups were there, with their members, before the accounts.
    const { stdout } = await machine.sh('stat -c "%z %n" /etc/group /etc/passwd | sort | cut -d/ -f3');
    expect(stdout).toBe('group\npasswd\n');
  });
});
