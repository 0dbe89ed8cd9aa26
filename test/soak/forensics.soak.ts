import { afterAll, beforeAll, expect, test } from 'vitest';
import { type Clients, makeKeyPair } from '../support/clients.ts';
import { addCustomers } from '../support/customers.ts';
import { describeMachine } from '../support/describe.ts';
import { debugMessages, FORENSIC_LOG, ForensicBlocks, goodSessions } from '../support/forensics.ts';
import { bootMachine, type Machine } from '../support/machine.ts';

const CONFIG = `watch: { enabled: true }
forensic: { enabled: true, memory: 8M }
log: { rotate: { maxsize: 1G } }
`;

describeMachine('forensics', (image) => {
  let machine: Machine;
  let clients: Clients;
  beforeAll(async () => {
    machine = await bootMachine(image);
    await machine.sh('mkdir /etc/sftpjail');
    await machine.writeFile('/etc/sftpjail/config.yaml', CONFIG, 0o640);
    // All of them come from one address, and most of them at once.
    const penalties = image === 'trixie' ? 'PerSourcePenalties no\n' : '';
    const limits = `MaxStartups 300\nLoginGraceTime 600\n${penalties}`;
    await machine.writeFile('/etc/ssh/sshd_config.d/10-many.conf', limits);
    clients = await addCustomers(machine, 'acme');
    await makeKeyPair(machine, 'stranger');
    await machine.writeFile('/root/one', 'one');
  });
  afterAll(() => machine?.close());

  /** Kilobytes that the daemon has taken. */
  const memory = async (): Promise<number> => {
    const { stdout } = await machine.sh(
      'grep VmHWM "/proc/$(systemctl show --value --property=MainPID sftpjail-watch)/status"',
    );
    return Number(/(\d+)/.exec(stdout)?.[1]);
  };

  test('1,000 sessions that went well leave nothing', async () => {
    await goodSessions(machine, clients, 'acme', { sessions: 1000, atOnce: 8 });
    const sessions = (await machine.sftpjail('sessions', '--json')).stdout.trim().split('\n');
    expect(sessions.map((line) => JSON.parse(line).end)).toEqual(Array.from({ length: 1000 }, () => 'closed'));
    // As long as a monitor may be waited for, and the last of them settles.
    await machine.sh('sleep 30');
    expect(await new ForensicBlocks(machine).all()).toEqual([]);
    expect(await debugMessages(machine)).toEqual([]);
    console.log(`${image}: 1,000 sessions, the daemon took ${await memory()} kB at most`);
  });

  test('200 logins at once are all told of, within the memory that is given', async () => {
    const blocks = new ForensicBlocks(machine);
    await machine.sh(
      `for login in $(seq 200); do
           sftp -F none -i /root/.ssh/stranger -o IdentitiesOnly=yes -o BatchMode=yes -o StrictHostKeyChecking=no \\
             -o UserKnownHostsFile=/dev/null -o LogLevel=ERROR -b /dev/null acme@127.0.0.1 2> /dev/null &
         done; wait || true`,
      { timeout: 600_000 },
    );
    const told = await blocks.next(200);
    expect(new Set(told.map(({ title }) => title))).toEqual(new Set(['FAILED LOGIN']));
    for (const { lines } of told) expect(lines.some((line) => line.includes('debug1: KEX done'))).toBe(true);
    const most = await memory();
    console.log(`${image}: 200 logins at once, the daemon took ${most} kB at most`);
    expect(most).toBeLessThan(200 << 10);
    expect(await debugMessages(machine)).toEqual([FORENSIC_LOG]);
  });
});
