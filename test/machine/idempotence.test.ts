import { afterAll, beforeAll, expect, test } from 'vitest';
import { makeKeyPair } from '../support/clients.ts';
import { describeMachine } from '../support/describe.ts';
import { bootMachine, type Machine } from '../support/machine.ts';
import { diffTrees } from '../support/tree.ts';

const ADD = ['add-user', 'acme', '--key', '/root/.ssh/customer.pub'];

describeMachine('doing it again', (suite) => {
  let machine: Machine;
  beforeAll(async () => {
    machine = await bootMachine(suite);
    await makeKeyPair(machine);
  });
  afterAll(() => machine?.close());

  /** Everything on the machine's own file system, but what other programs write all the time. */
  async function wholeHost() {
    const busy = ['/proc', '/sys', '/dev', '/run', '/tmp', '/var/log', '/var/lib/systemd', '/var/tmp', '/root'];
    return machine.tree(['/'], busy);
  }

  /** What dry runs print, which must be all that they do. */
  async function dryRuns(...commands: string[][]): Promise<string[]> {
    const before = await wholeHost();
    const printed = [];
    for (const words of commands) printed.push((await machine.sftpjail(...words, '--dry-run')).stdout);
    expect(diffTrees(before, await wholeHost())).toEqual([]);
    return printed;
  }

  /** Any write at all to a file of ours would show, and so would a restart. */
  async function stamps(): Promise<string> {
    return (
      await machine.sh(
        `find /etc /sftp-root /var/lib/sftpjail/made.json -not -name '*-' -printf '%p %C@ %i\\n' | sort
         systemctl show --property=MainPID,ActiveEnterTimestampMonotonic,NRestarts rsyslog ssh sftpjail-log.socket`,
      )
    ).stdout;
  }

  test('a dry run shows the plan and changes nothing', async () => {
    const [init, add, uninstall, recover] = await dryRuns(['init'], ADD, ['uninstall'], ['recover']);
    expect(init).toContain('+ file /etc/ssh/sshd_config.d/50-sftpjail.conf');
    expect(add).toContain('+ account acme');
    expect(uninstall).toBe('Nothing to change.\n');
    expect(recover).toBe('Nothing was interrupted.\n');
  });

  test('the second time nothing is changed', async () => {
    await machine.sftpjail('init', '--yes');
    await machine.sftpjail(...ADD);
    const before = await stamps();
    for (const words of [['init'], ['init', '--yes'], ADD, ['add-user', 'acme']]) {
      const again = await machine.sftpjail(...words, '--json');
      expect(JSON.parse(again.stdout)).toMatchObject({ changed: false, changes: [] });
      expect(again.exitCode).toBe(0);
    }
    expect((await machine.sftpjail(...ADD)).stderr).toContain('acme is as it should be; nothing was changed.');
    expect(await stamps()).toBe(before);
  });

  test('nor does a dry run change a host that is in use', async () => {
    const other = ['add-user', 'other', ...ADD.slice(2)];
    const [init, add, uninstall, recover] = await dryRuns(
      ['init'],
      other,
      ['uninstall', '--remove-users'],
      ['recover'],
    );
    expect(init).toBe('Nothing to change.\n');
    expect(add).toContain('+ account other');
    expect(uninstall).toContain('- account acme');
    expect(recover).toBe('Nothing was interrupted.\n');
  });

  /** What is changed by hand, and the words in which its mending is announced. */
  type Damage = [changes: string, says: string];
  const OF_ACCOUNT: Damage[] = [
    ['chmod 777 /sftp-root/acme', '~ directory /sftp-root/acme (mode 0777 -> 0750)'],
    ['chmod 755 /sftp-root/acme/dev', '~ directory /sftp-root/acme/dev (mode 0755 -> 0750)'],
    [
      'chown root: /sftp-root/acme/data; chmod 00700 /sftp-root/acme/data',
      '~ directory /sftp-root/acme/data (owner root -> acme, group root -> sftp, mode 0700 -> 2770)',
    ],
    ['rm /sftp-root/acme/dev/log', '+ link /sftp-root/acme/dev/log (to /sftp-root/dev/log)'],
    [
      'gpasswd --delete acme sftp-only; usermod --shell /bin/sh acme',
      '~ account acme (groups (none) -> sftp-only, shell /bin/sh -> /usr/sbin/nologin)',
    ],
    ['chmod 600 /etc/sftpjail/keys/acme', '~ file /etc/sftpjail/keys/acme (mode 0600 -> 0644)'],
  ];
  const OF_HOST: Damage[] = [
    ['echo "#" >> /etc/ssh/sshd_config.d/50-sftpjail.conf', '~ file /etc/ssh/sshd_config.d/50-sftpjail.conf (content)'],
    ['rm /etc/rsyslog.d/30-sftpjail.conf', '+ file /etc/rsyslog.d/30-sftpjail.conf'],
    ['systemctl disable sftpjail-log.socket', '+ symlink /etc/systemd/system/sockets.target.wants/sftpjail-log.socket'],
    ['rm /etc/systemd/system/sftpjail-log.socket', '+ file /etc/systemd/system/sftpjail-log.socket'],
    ['chmod 700 /sftp-root', '~ directory /sftp-root (mode 0700 -> 0755)'],
  ];
  const OTHERWISE: [...Damage, string[]][] = [
    ['cd /sftp-root/acme/dev; rm log; touch log', '~ link /sftp-root/acme/dev/log', ADD],
    ['systemctl stop rsyslog.service syslog.socket sftpjail-log.socket', '! restart rsyslog', ['init', '--yes']],
  ];

  async function damageAndMend(damages: readonly Damage[], mends: readonly string[]): Promise<void> {
    const before = await machine.tree(['/etc', '/sftp-root']);
    for (const [changes] of damages) await machine.sh(changes);
    const { stderr } = await machine.sftpjail(...mends);
    for (const [, says] of damages) expect(stderr).toContain(says);
    expect(diffTrees(before, await machine.tree(['/etc', '/sftp-root']))).toEqual([]);
    expect((await machine.sftpjail(...mends, '--json')).stdout).toContain('"changed":false');
    expect((await machine.sftpjail('list-users')).stdout).toMatch(/acme .*current/);
  }

  test('add-user mends what was changed by hand, and says what', () => damageAndMend(OF_ACCOUNT, ADD));
  test('init mends what was changed by hand, and says what', () => damageAndMend(OF_HOST, ['init', '--yes']));
  test.each(OTHERWISE)('so after: %s', (changes, says, mends) => damageAndMend([[changes, says]], mends));
});
