import { afterAll, beforeAll, expect, test } from 'vitest';
import { Clients, makeKeyPair } from '../support/clients.ts';
import { describeMachine } from '../support/describe.ts';
import { bootMachine, type Machine } from '../support/machine.ts';
import { Receivers, receiverBinds } from '../support/receivers.ts';

const CONFIG = `watch: { enabled: true, retry: { first: 1s, most: 2s } }
mail: { to: [admin@example.com], receipts: true, empty: false }
ledger: { enabled: true }
billing:
  timezone: UTC
  rates:
    base: "10"
    upload: { rate: "1000" }
    quota: { volume: 1 MB, storage: 2 MB }
`;

const DATA = '/sftp-root/acme/data';

describeMachine('bills on a host', (image) => {
  let machine: Machine;
  let clients: Clients;
  let receivers: Receivers;
  let month: string;
  beforeAll(async () => {
    // A Node with SQLite in it: what runs this test.
    const bind = [...receiverBinds(), { from: process.execPath, to: '/usr/bin/node' }];
    machine = await bootMachine(image, { bind });
    clients = new Clients(machine, await makeKeyPair(machine));
    receivers = new Receivers(machine);
    await receivers.start();
    await machine.writeFile('/etc/hosts', `127.0.0.1 localhost\n127.0.1.1 ${image}\n`);
    await machine.run('systemctl', ['restart', 'rsyslog']);
    await machine.sh('mkdir /etc/sftpjail');
    await machine.writeFile('/etc/sftpjail/config.yaml', CONFIG, 0o640);
    await machine.sftpjail('init', '--yes');
    const key = ['--key', `${clients.key.path}.pub`, '--yes', '--quiet'];
    await machine.sftpjail('add-user', 'acme', '--mail', 'acme@example.com', ...key);
    await machine.sftpjail('add-user', 'globex', ...key);
    month = (await machine.sh('date -u +%Y-%m')).stdout.trim();
  });
  afterAll(() => machine?.close());

  const ledger = (...words: string[]) => machine.sftpjail('ledger', ...words);
  const refusal = (...words: string[]) => machine.attempt('sftpjail', ['ledger', ...words]);
  /** What the daemon told of quotas since the last call. */
  const notices = async (count: number) => {
    await machine.run('systemctl', ['restart', 'sftpjail-watch']);
    const mails = await receivers.next(count);
    return mails.map(({ subject, to_ }) => `${to_}: ${subject}`).sort();
  };

  test('what a customer uploads is reported, billed, and told of at a threshold', async () => {
    await machine.sh('head -c 700000 /dev/urandom > /root/big');
    await clients.sftpBatch('acme', ['put /root/big "=a,b.csv"']);
    expect((await receivers.next(2)).map(({ to_ }) => to_).sort()).toEqual(['acme@example.com', 'admin@example.com']);
    await machine.sh('until sftpjail ledger report --json 2>&- | grep -q acme; do sleep 0.1; done');
    const { rows } = JSON.parse((await ledger('report', '--by', 'user,type', '--month', month, '--json')).stdout);
    expect(rows).toMatchObject([{ user: 'acme', type: 'csv', uploads: 1, bytesIn: 700_000 }]);
    const bill = ['statement', '--user', 'acme', '--month', month];
    const { stdout: text } = await ledger(...bill);
    expect(text).toMatch(new RegExp(`^Statement of acme for ${month}, not final\n`));
    expect(text).toMatch(/^Uploads +0\.001 GB +700000 +0 +700000 +1000 per GB +0\.70$/m);
    expect(text).toMatch(/ 700000 +0 {2}\/data\/=a,b\.csv\n/);
    expect((await ledger(...bill)).stdout).toBe(text);
    expect((await ledger(...bill, '--format', 'csv')).stdout).toContain(',"/data/=a,b.csv",false\r\n');
    expect(JSON.parse((await ledger(...bill, '--json')).stdout)).toMatchObject({ total: '10.70', number: null });
    expect((await ledger(...bill, '--format', 'html')).stdout).toMatch(/^<!DOCTYPE html>[\s\S]*<\/html>\n$/);
    const subject = 'SFTP: acme has reached 60 % of its volume';
    expect(await notices(2)).toEqual([`acme@example.com: ${subject}`, `admin@example.com: ${subject}`]);
  });

  test('what it cannot do it says, with what to do instead', async () => {
    for (const [words, status, says] of [
      [['statement', '--user', 'acme', '--month', month, '--final'], 4, `${month} is not over yet`],
      [['statement', '--user', 'acme'], 2, 'a statement is of one account and one month'],
      [['statement', '--user', 'acme', '--month', '2026-13'], 2, '"2026-13" is not a month'],
      [['statement', '--user', 'amce', '--month', month], 4, 'the ledger knows no account "amce"'],
      [['report', '--by', 'user,colour'], 2, '--by: "colour" is nothing to go by'],
      [['report', '--format', 'xml'], 2, '"xml" is no format'],
      [['report', '--month', month, '--since', 'today'], 2, '--month is a period already'],
      [['report', '--top', '0'], 2, '"0" is no count'],
    ] as const) {
      const { exitCode, stderr, stdout } = await refusal(...words);
      expect([exitCode, stdout, stderr.includes(`sftpjail: error: ${says}`)]).toEqual([status, '', true]);
    }
    const old = ['statement', '--user', 'acme', '--month', '2020-01', '--final', '--json'];
    expect(JSON.parse((await ledger(...old, '--dry-run')).stdout).number).toBeNull();
    const { stdout: final } = await ledger(...old);
    expect(JSON.parse(final)).toMatchObject({ number: '2020-0001', total: '10.00', transfers: [] });
    expect((await ledger(...old)).stdout).toBe(final);
  });

  test('bars are for a terminal, and for nothing else', async () => {
    const { stdout } = await machine.sh('script -qec "stty cols 100; sftpjail ledger report --by day" /dev/null');
    expect(stdout).toMatch(/█{20}/);
    expect(stdout).toContain('\u001b[');
    const { stdout: piped } = await ledger('report', '--by', 'day');
    for (const mark of ['█', '▒', '\u001b']) expect(piped).not.toContain(mark);
  });

  test('storage is measured by a timer, without what a customer or a mount leads it to', async () => {
    await machine.sh(`
      cd ${DATA}
      ln -s /usr away; ln -s / root; mkdir deep mounted; cp /root/big deep/; ln deep/big again; chown -R acme:sftp .
      truncate --size 1G holes; chown acme:sftp holes
      mount --bind /usr mounted`);
    const { stdout } = await machine.sh(`du -s --block-size=1 --exclude=mounted ${DATA}`);
    const expected = Number(stdout.split('\t')[0]);
    expect(expected).toBeLessThan(2_000_000);
    expect((await machine.run('systemctl', ['is-active', 'sftpjail-snapshot.timer'])).stdout).toBe('active\n');
    const next = (await machine.run('systemctl', ['show', '-P', 'NextElapseUSecRealtime', 'sftpjail-snapshot.timer']))
      .stdout;
    expect(next).toMatch(/ 04:00:00 /);
    await machine.run('systemctl', ['start', 'sftpjail-snapshot.service']);
    const statement = JSON.parse((await ledger('statement', '--user', 'acme', '--month', month, '--json')).stdout);
    expect(statement.snapshots).toMatchObject([{ bytes: expected, method: 'walk' }]);
    expect(statement.figures.stored).toMatchObject({ measured: 1, peak: expected });
    // Once a day: what comes later is measured tomorrow.
    await machine.sh(`cp /root/big ${DATA}/later; umount ${DATA}/mounted`);
    const { stdout: again } = await ledger('snapshot', '--json');
    expect(JSON.parse(again)).toMatchObject({ changed: false, measured: [] });
    const { stdout: shown } = await ledger('snapshot', '--dry-run');
    expect(shown).toMatch(/^acme 2\.1 MB \(walk\)\nglobex \d/m);
  });

  test('the ledger stays its owner’s, and the daemon goes on writing to it', async () => {
    const { stdout } = await machine.sh('stat -c "%U %a" /var/lib/sftpjail/ledger /var/lib/sftpjail/ledger/*');
    expect(new Set(stdout.trim().split('\n'))).toEqual(new Set(['sftpjail 700', 'sftpjail 600']));
    await clients.sftpBatch('acme', ['put /root/big two']);
    await receivers.next(2);
    await machine.sh('until sftpjail ledger report --json | grep -q 1400000; do sleep 0.1; done');
    const reached = ['80 % of its volume', '100 % of its volume', '60 % of its storage'].flatMap((what) =>
      ['acme', 'admin'].map((who) => `${who}@example.com: SFTP: acme has reached ${what}`),
    );
    expect(await notices(6)).toEqual(reached.sort());
    // Once each.
    await machine.run('systemctl', ['restart', 'sftpjail-watch']);
    await clients.sftpBatch('globex', ['put /root/big']);
    expect((await receivers.next(1)).map(({ subject }) => subject)).toEqual(['SFTP: globex, 1 upload']);
  });

  test('without the ledger the timer goes, and what is in the ledger stays', async () => {
    await machine.sh("sed -i 's/^ledger: .*/ledger: { enabled: false }/' /etc/sftpjail/config.yaml");
    await machine.sftpjail('init', '--yes');
    expect((await machine.sh('find /etc/systemd -name "*snapshot*"')).stdout).toBe('');
    expect((await machine.attempt('systemctl', ['is-active', 'sftpjail-snapshot.timer'])).stdout).toBe('inactive\n');
    expect(JSON.parse((await ledger('report', '--json')).stdout).rows).toHaveLength(2);
  });
});
