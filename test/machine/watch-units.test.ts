import { afterAll, beforeAll, expect, test } from 'vitest';
import type { Clients } from '../support/clients.ts';
import { addCustomers } from '../support/customers.ts';
import { describeMachine } from '../support/describe.ts';
import { bootMachine, type Machine } from '../support/machine.ts';
import { race } from '../support/racing-customer.ts';
import { Receivers, receiverBinds } from '../support/receivers.ts';

const CONFIG = `watch: { enabled: true }
share: { writable: true }
mail: { to: [admin@example.com], from: sftpjail@example.com, sendmail: /usr/sbin/sendmail }
hooks: { upload-completed: [/usr/local/bin/on-upload], user: root }
`;

const JOURNAL = `watch: { enabled: true, sshd: journal }
webhooks:
  - url: http://127.0.0.1:8080/told
    secretFile: /etc/webhook.secret
    on: [login, session-closed, lines-missing]
`;

const HOOK = `#!/bin/sh
case $SFTPJAIL_USER in globex) echo "$SFTPJAIL_ID $SFTPJAIL_PATH $SFTPJAIL_BYTES" >> /tmp/uploads;; esac
`;

const SENDMAIL = `#!/bin/sh
{ echo "$(id -un) $*"; cat; } > /tmp/sent
`;

describeMachine('what the daemon has done by units of their own', (image) => {
  let machine: Machine;
  let clients: Clients;
  let receivers: Receivers;
  beforeAll(async () => {
    machine = await bootMachine(image === 'trixie' ? 'trixie-mta' : image, { bind: receiverBinds() });
    // As Debian's installer has it; rsyslog calls a host that is named beside localhost by that name.
    await machine.sh('sed -i "1s/.*/127.0.0.1 localhost/" /etc/hosts; systemctl restart rsyslog');
    receivers = new Receivers(machine);
    await receivers.start();
    if (image === 'trixie') await machine.writeFile('/etc/msmtprc', 'account default\nhost 127.0.0.1\n');
    else await machine.writeFile('/usr/sbin/sendmail', SENDMAIL, 0o755);
    await machine.sh('mkdir /etc/sftpjail');
    await machine.writeFile('/etc/sftpjail/config.yaml', CONFIG, 0o640);
    await machine.writeFile('/usr/local/bin/on-upload', HOOK, 0o755);
    clients = await addCustomers(machine, 'acme', 'globex');
    await machine.sftpjail('add-admin', 'boss', '--key', `${clients.key.path}.pub`, '--yes');
  });
  afterAll(() => machine?.close());

  const becomes = (path: string, mode: string) =>
    machine.sh('until [ "$(stat -c %a "$1" 2>&-)" = "$2" ]; do sleep 0.05; done', {
      args: [`/sftp-root/${path}`, mode],
      timeout: 30_000,
    });

  test('whatever a program asks for, the group may write: files, folders, and what is renamed', async () => {
    await machine.sh(
      'mkdir -p /root/tree/sub; echo x > /root/file; chmod 644 /root/file; echo x > /root/tree/sub/leaf; echo x > "/root/été"; chmod -R 700 /root/tree',
    );
    await clients.sftpBatch('acme', ['put /root/file plain', 'put -pR /root/tree', 'put /root/été', 'mkdir made']);
    await becomes('acme/data/plain', '660');
    await becomes('acme/data/tree', '2770');
    await becomes('acme/data/tree/sub', '2770');
    await becomes('acme/data/tree/sub/leaf', '760');
    await becomes('acme/data/été', '660');
    await becomes('acme/data/made', '2770');
    await clients.sftpBatch('acme', ['put /root/file x.part', 'rename x.part x', 'chmod 700 made']);
    await becomes('acme/data/x', '660');
    await becomes('acme/data/made', '2770');
    await clients.sftpBatch('boss', ['put /root/file /acme/data/from-boss', 'rm /acme/data/plain']);
    await becomes('acme/data/from-boss', '660');
    // A mode that is asked for of a file that is there already is a wish of the customer's.
    await clients.sftpBatch('acme', ['chmod 600 x', 'put /root/file last']);
    await becomes('acme/data/last', '660');
    await becomes('acme/data/x', '600');
  });

  test('mail is handed to a program, which says that it took it', async () => {
    await clients.sftpBatch('globex', ['put /root/file mailed']);
    if (image === 'trixie') {
      await receivers.until(({ text }) => text?.includes('/data/mailed') === true);
      return;
    }
    await machine.sh('until grep -q /data/mailed /tmp/sent; do sleep 0.1; done', { timeout: 30_000 });
    const sent = await machine.readFile('/tmp/sent');
    expect(sent).toMatch(/^sftpjail -i -f sftpjail@example\.com admin@example\.com\n(.+\n)+\n/);
    expect(sent).toContain('\nSubject: SFTP: globex, 1 upload\n');
    expect(sent).not.toContain('\r');
    await machine.writeFile('/usr/sbin/sendmail', '#!/bin/sh\nexit 75\n', 0o755);
    const test = await machine.attempt('sftpjail', ['watch', '--test-mail']);
    expect([test.exitCode, test.stderr]).toEqual([
      4,
      expect.stringMatching(/\/usr\/sbin\/sendmail did not take a mail to admin@example\.com: .*75/),
    ]);
    await machine.writeFile('/usr/sbin/sendmail', SENDMAIL, 0o755);
  });

  test('an upload is told while its session goes on, and once though the daemon is killed', async () => {
    const told = async (path: string) => {
      const script = 'touch /tmp/uploads; until grep " $1$" /tmp/uploads; do sleep 0.05; done';
      return (await machine.sh(script, { args: [path], timeout: 30_000 })).stdout.trim().split('\n');
    };
    const wire = await clients.wire('globex');
    await wire.put('/data/one', '1');
    await told('/data/one 1');
    await machine.sh(
      'systemctl kill --signal KILL sftpjail-watch; until systemctl is-active sftpjail-watch; do sleep 0.1; done',
    );
    await wire.put('/data/two', '22');
    const [two] = await told('/data/two 2');
    await wire.close();
    // Killed after it had told and before that was written down, it tells again, by the same id.
    expect([...new Set(await told('/data/one 1')), two].map((line) => line?.replace(/^[0-9a-f]{16}/, 'id'))).toEqual([
      'id-1 /data/one 1',
      'id-2 /data/two 2',
    ]);
  });

  test('a customer who races against it changes the mode of nothing else', async () => {
    const raced = await race(machine, clients, 'acme', image === 'trixie' ? 8000 : 2000);
    console.log(image, raced);
    expect(raced).toMatchObject({ changed: [], gained: 0 });
    expect(raced.widened).toBeGreaterThan(0);
  });

  test('its unit has next to no rights, and goes when it is switched off', async () => {
    const { stdout } = await machine.sh('systemd-analyze security --no-pager sftpjail-writable.service');
    const [, exposure] = /exposure level for sftpjail-writable\.service: ([\d.]+)/.exec(stdout) ?? [];
    console.log(`${image}: exposure ${exposure}`);
    expect(Number(exposure)).toBeLessThanOrEqual(3);
    expect(JSON.parse((await machine.sftpjail('init', '--yes', '--json')).stdout)).toMatchObject({ changed: false });
    await machine.writeFile('/etc/webhook.secret', 'a secret\n', 0o600);
    await machine.writeFile('/etc/sftpjail/config.yaml', JOURNAL, 0o640);
    // Nothing but the journal has sshd's lines from here on.
    await machine.sh('sed -i "/auth.log/d" /etc/rsyslog.conf; systemctl restart rsyslog; rm /var/log/auth.log');
    await machine.sftpjail('init', '--yes');
    const units = await machine.sh(
      "systemctl list-units --all --plain --no-legend 'sftpjail-writable*' 'sftpjail-sendmail*'; ls /etc/systemd/system | grep -e writable -e sendmail || true",
    );
    expect(units.stdout).toBe('');
  });

  test('sshd’s lines come from the journal, and none is lost or told anew though the daemon is killed', async () => {
    const events = async (name: string) =>
      (await receivers.posts()).map(({ body }) => JSON.parse(body)).filter(({ event }) => event === name);
    const next = async (name: string, count: number) => {
      for (const end = Date.now() + 30_000; ; await new Promise((resolve) => setTimeout(resolve, 100))) {
        const found = await events(name);
        if (found.length >= count) return found;
        if (Date.now() > end) throw new Error(`${found.length} of ${count} ${name}\n${await receivers.journal()}`);
      }
    };
    const wire = await clients.wire('globex');
    const [{ id, login, client }] = await next('login', 1);
    expect([login.method, client.ip]).toEqual(['publickey', '127.0.0.1']);
    await machine.sh(
      'systemctl kill --signal KILL sftpjail-watch; until systemctl is-active sftpjail-watch; do sleep 0.1; done',
    );
    await wire.put('/data/three', '333');
    await wire.close();
    const [{ session }] = await next('session-closed', 1);
    expect(session).toMatchObject({ login, client, end: 'closed', totals: { uploads: 1 } });
    await machine.sftpjail('doctor', 'watch');
    await machine.sh('systemctl stop sftpjail-watch');
    const { exitCode, stdout } = await machine.attempt('sftpjail', ['doctor', 'watch']);
    expect([exitCode, stdout]).toEqual([3, expect.stringContaining('mend: systemctl restart sftpjail-watch.service')]);
    await machine.sh('journalctl --rotate; rm -f /{run,var}/log/journal/*/*@*; systemctl start sftpjail-watch');
    await clients.sftpBatch('globex', ['pwd']);
    const [gap] = await next('lines-missing', 1);
    expect(gap.log).toBe("systemd's journal");
    await next('session-closed', 2);
    expect([...new Set((await events('login')).map((each) => each.id))]).toEqual([id, expect.not.stringMatching(id)]);
    expect((await events('session-closed')).length).toBe(2);
  });

  test('a socket that does not listen any more listens again after init, which then finds nothing to do', async () => {
    await machine.sh('systemctl stop sftpjail-hook.socket');
    const changed = async () => JSON.parse((await machine.sftpjail('init', '--yes', '--json')).stdout).changed;
    expect([await changed(), await changed()]).toEqual([true, false]);
    await machine.run('systemctl', ['is-active', 'sftpjail-hook.socket']);
  });

  test('uninstall takes back all units', async () => {
    await machine.sftpjail('uninstall', '--yes', '--remove-users', '--delete-data');
    expect((await machine.sh('ls /etc/systemd/system | grep sftpjail || true')).stdout).toBe('');
  });
});
