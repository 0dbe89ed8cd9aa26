import { afterAll, beforeAll, expect, test } from 'vitest';
import type { SessionClosed } from '../../src/watch/event.ts';
import { signatureOf } from '../../src/watch/webhooks.ts';
import { Clients, makeKeyPair } from '../support/clients.ts';
import { describeMachine } from '../support/describe.ts';
import { bootMachine, type Machine } from '../support/machine.ts';
import { mailedSessions } from '../support/mailed-sessions.ts';
import { Receivers, receiverBinds } from '../support/receivers.ts';
import { diffTrees, type Tree } from '../support/tree.ts';

const CONFIG = `watch:
  enabled: true
  retry: { first: 1s, most: 2s }
mail:
  from: sftpjail@files.example.com
  to: [admin@example.com]
hooks:
  user: backup
  timeout: 2s
  session-closed: [/usr/local/bin/on-session, "two words"]
webhooks:
  - url: http://127.0.0.1:8080/told
    secretFile: /etc/webhook.secret
`;

const HOOK = `#!/bin/sh
{ echo "$1|$SFTPJAIL_EVENT|$SFTPJAIL_USER|$SFTPJAIL_UPLOADS|$SFTPJAIL_BYTES_IN|$(id -un)"; cat; } >> /tmp/told
`;

const PLACES = ['/etc', '/var/lib/sftpjail', '/sftp-root'];

describeMachine('what happens when a session ends', (image) => {
  let machine: Machine;
  let clients: Clients;
  let receivers: Receivers;
  let stock: Tree;
  /** Milliseconds from a client's end to the mail. */
  const delays: number[] = [];
  beforeAll(async () => {
    machine = await bootMachine(image, { bind: receiverBinds() });
    clients = new Clients(machine, await makeKeyPair(machine));
    receivers = new Receivers(machine);
    await receivers.start();
    // As Debian's installer has it; rsyslog calls a host that is named beside localhost by that name.
    await machine.writeFile('/etc/hosts', `127.0.0.1 localhost\n127.0.1.1 ${image}\n`);
    await machine.run('systemctl', ['restart', 'rsyslog']);
    await machine.writeFile('/usr/local/bin/on-session', HOOK, 0o755);
    await machine.writeFile('/etc/webhook.secret', 'a secret\n', 0o600);
    for (const name of ['one', 'two', 'three']) await machine.writeFile(`/root/${name}`, name);
    await machine.sh('mkdir /etc/sftpjail');
    stock = await machine.tree(PLACES);
    await machine.writeFile('/etc/sftpjail/config.yaml', CONFIG, 0o640);
    await machine.sftpjail('init', '--yes');
    const key = ['--key', `${clients.key.path}.pub`, '--yes', '--quiet'];
    await machine.sftpjail('add-user', 'acme', '--mail', 'acme@example.com', ...key);
    await machine.sftpjail('add-user', 'globex', ...key);
  });
  afterAll(() => machine?.close());

  test('one mail, its text right to the byte, within two seconds; one receipt, one call, one signed message', async () => {
    await clients.sftpBatch('acme', [
      'put /root/one',
      'put /root/two',
      'put /root/three',
      'get one /dev/null',
      'rm two',
    ]);
    const ended = Number((await machine.sh('date +%s%3N')).stdout);
    const mails = await receivers.next(2);
    expect(mails.map(({ to_ }) => to_).sort()).toEqual(['acme@example.com', 'admin@example.com']);
    const [mail, receipt] = mails.sort((one, other) => (one.to_ > other.to_ ? -1 : 1));
    const [session] = (await machine.sftpjail('sessions', '--json')).stdout
      .split('\n')
      .map((line) => line && JSON.parse(line));
    const shown = (stamp: string) => `${stamp.slice(0, 19).replace('T', ' ')} (${zone})`;
    const zone = 'UTC';
    expect(mail?.subject).toBe('SFTP: acme, 3 uploads, 1 download, 1 removal');
    expect(mail?.text?.trimEnd()).toBe(`acme on ${image}

From     127.0.0.1 port ${session.client.port}
Login    publickey ED25519 ${session.login.fingerprint}
Opened   ${shown(session.opened)}
Closed   ${shown(session.closed)}
End      closed by the client

Uploads (3):
       3 B  /data/one
       3 B  /data/two
       5 B  /data/three

Downloads (1):
       3 B  /data/one

Removals (1):
            /data/two

Received 11 B, sent 3 B.
Session ${session.id}

----------------------------------------------------------------------
Sent by sftpjail on ${image}.`);
    expect(receipt?.text).toBe(mail?.text);
    expect(mail?.html).toContain('/data/three');
    delays.push(...mails.map(({ received }) => received - ended));

    const [post, ...others] = await receivers.posts();
    expect(others).toEqual([]);
    const { event, id, session: told } = JSON.parse(post?.body ?? '') as SessionClosed;
    expect([event, id, told]).toEqual(['session-closed', session.id, session]);
    const time = post?.headers['x-sftpjail-timestamp'] ?? '';
    expect(post?.headers['x-sftpjail-signature']).toBe(signatureOf('a secret', time, post?.body ?? ''));
    expect(post?.headers['x-sftpjail-id']).toBe(session.id);
    const seen = await machine.sh('cat /tmp/told');
    const [words, json, ...more] = seen.stdout.trim().split('\n');
    expect([words, more]).toEqual(['two words|session-closed|acme|3|11|backup', []]);
    expect(JSON.parse(json ?? '')).toEqual(JSON.parse(post?.body ?? ''));
  });

  test('it runs with next to no rights', async () => {
    const { stdout } = await machine.sh('systemd-analyze security --no-pager sftpjail-watch.service');
    const [, exposure] = /exposure level for sftpjail-watch\.service: ([\d.]+)/.exec(stdout) ?? [];
    console.log(`${image}: exposure ${exposure}`);
    expect(Number(exposure)).toBeLessThanOrEqual(3);
    await machine.sh('systemctl restart sftpjail-watch');
    expect((await machine.sh('ps -o user= -C node')).stdout).toContain('sftpjail');
  });

  test('doctor sees that its unit was changed, and mends it', async () => {
    await machine.sh('sed -i s/Restart=always/Restart=no/ /etc/systemd/system/sftpjail-watch.service');
    const { stdout, exitCode } = await machine.attempt('sftpjail', ['doctor', 'files']);
    expect([exitCode, stdout]).toEqual([3, expect.stringContaining('sftpjail-watch.service differs: content')]);
    await machine.sftpjail('doctor', 'files', '--fix', '--yes');
    expect(
      (await machine.sh('systemctl show -p Restart,ActiveState sftpjail-watch')).stdout
        .split('\n')
        .sort()
        .join(' ')
        .trim(),
    ).toBe('ActiveState=active Restart=always');
  });

  test('by hand it shows what it would tell, sends a mail to look at, and does not do the service’s work', async () => {
    const once = await machine.sftpjail('watch', '--once', '--dry-run', '/var/log/sftp.log');
    expect(once.stdout).toMatch(/^(hook|mail admin@example\.com|webhook-1) session-closed [0-9a-f]{16}$/m);
    await machine.sftpjail('watch', '--test-mail');
    const [mail] = await receivers.next(1);
    expect([mail?.to_, mail?.subject]).toEqual(['admin@example.com', 'Test: SFTP: acme, 1 upload']);
    const twice = await machine.attempt('sftpjail', ['watch']);
    expect([twice.exitCode, twice.stderr]).toEqual([4, expect.stringContaining('systemctl status sftpjail-watch')]);
  });

  test('sessions that moved nothing are not mailed; run again, init changes nothing', async () => {
    await clients.sftpBatch('globex', ['pwd']);
    expect(JSON.parse((await machine.sftpjail('init', '--yes', '--json')).stdout)).toMatchObject({ changed: false });
    await clients.sftpBatch('globex', ['put /root/one']);
    const ended = Number((await machine.sh('date +%s%3N')).stdout);
    const [mail] = await receivers.next(1);
    delays.push((mail?.received ?? Number.POSITIVE_INFINITY) - ended);
    console.log(`${image}: mailed ${delays.join(', ')} ms after the client had ended`);
    expect(Math.min(...delays)).toBeLessThan(2000);
    expect([mail?.to_, mail?.subject]).toEqual(['admin@example.com', 'SFTP: globex, 1 upload']);
  });

  test('each session is mailed although the daemon is killed, mail is refused and the log rotated', async () => {
    const told = await mailedSessions(machine, clients, receivers, 'globex', {
      ...{ sessions: 24, rotations: 2, killEvery: 700 },
    });
    console.log(`${image}: 24 sessions, ${told.kills} kills, ${told.refused} refusals, ${told.mails} mails`);
    expect(told).toMatchObject({ missing: [], ambiguous: [] });
    expect(await receivers.journal()).not.toContain('were gone');
  });

  test('systemctl stop keeps what is not delivered; a hook that hangs is ended and holds up nothing', async () => {
    await machine.writeFile('/usr/local/bin/on-session', '#!/bin/sh\nsleep 1000 & sleep 1000\n', 0o755);
    await receivers.stop();
    await receivers.next(0);
    await clients.sftpBatch('globex', ['put /root/two kept']);
    await machine.sh(
      'until journalctl --unit sftpjail-watch | grep -q "hook: .*took longer than 2 s"; do sleep 0.1; done; systemctl stop sftpjail-watch',
    );
    expect((await machine.sh('pgrep -f "[s]leep 1000" || true')).stdout).toBe('');
    // More rotations than are kept: what was logged before the first of them is gone.
    await machine.sh(
      `for number in $(seq 13); do
         # Until rsyslogd has heard of the rotation before, lines go to the old log.
         until grep -qs "number $number$" /var/log/sftp.log; do
           logger --socket /sftp-root/dev/log -t rotation "number $number"; sleep 0.05
         done
         until logrotate --force /etc/logrotate.d/sftpjail; do sleep 0.1; done
       done`,
    );
    await receivers.start();
    await machine.sh('systemctl start sftpjail-watch; logger --socket /sftp-root/dev/log -t rotation last');
    const tellsOfKept = ({ text }: { text?: string | undefined }) => text?.includes('/data/kept') === true;
    await receivers.until(tellsOfKept);
    const gap = await receivers.until(({ subject }) => subject === 'SFTP: lines of /var/log/sftp.log are missing');
    expect(gap.text).toMatch(/^Lines of \/var\/log\/sftp\.log on \S+ from [\d:TZ-]+ to [\d:TZ-]+ were gone/);
    expect((await receivers.mails()).filter(tellsOfKept)).toHaveLength(1);
    expect((await receivers.posts()).filter(({ body }) => body.includes('/data/kept'))).toHaveLength(1);
  });

  test('switched off it is gone, and uninstall takes back the rest', async () => {
    await machine.writeFile('/etc/sftpjail/config.yaml', CONFIG.replace('enabled: true', 'enabled: false'), 0o640);
    await machine.sftpjail('init', '--yes');
    const units = await machine.sh("systemctl list-units --all --plain --no-legend 'sftpjail-watch*' 'sftpjail-hook*'");
    expect(units.stdout).toBe('');
    expect((await machine.attempt('ls', ['/etc/systemd/system/sftpjail-watch.service'])).exitCode).not.toBe(0);
    await machine.writeFile('/etc/sftpjail/config.yaml', CONFIG, 0o640);
    await machine.sftpjail('init', '--yes');
    expect((await machine.sh('systemctl is-active sftpjail-watch')).stdout).toBe('active\n');
    await machine.writeFile('/etc/sftpjail/config.yaml', CONFIG.replace('enabled: true', 'enabled: false'), 0o640);
    await machine.sftpjail('init', '--yes');
    await machine.sftpjail('uninstall', '--yes', '--remove-users', '--delete-data');
    await machine.sh('rm /etc/sftpjail/config.yaml');
    const left = diffTrees(stock, await machine.tree(PLACES));
    expect(left).toEqual([]);
    expect((await machine.attempt('id', ['sftpjail'])).exitCode).toBe(1);
  });
});
