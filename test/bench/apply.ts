import { bootMachine, type Machine } from '../support/machine.ts';
import { manifestOf } from '../support/manifest.ts';
import { missingForMachines } from '../support/needs.ts';
import prepare from '../support/prepare.ts';
import { median, ms } from './ratio.ts';

const MANY = 5000;
const AT_LEAST = 50;
const [FEW, CROWD] = [1000, 20_000];
/** Per account, among twenty times as many. */
const LIMIT = 1.3;
const REPETITIONS = 3;

/** What a shell loop does for the same accounts, but for their keys and for the log in their jails. */
const LOOP = `
for i in $(seq "$1"); do
  useradd --gid sftp --groups sftp-only --home-dir /data --no-create-home --shell /usr/sbin/nologin "loop-$i"
  mkdir -p "/sftp-root/loop-$i/dev" "/sftp-root/loop-$i/data"
  chown root:sftp "/sftp-root/loop-$i" "/sftp-root/loop-$i/dev"
  chown "loop-$i:sftp" "/sftp-root/loop-$i/data"
done`;

/** Thousands of new customers by one manifest, against a loop, and whether each costs more the more there are. */
export async function benchApply(): Promise<void> {
  const missing = missingForMachines();
  if (missing !== null) return console.log(`\napply left out: ${missing}`);
  await prepare();
  // Whose files are deleted only at the end: ext4 is slow to make new ones where many have just gone.
  const machines: Machine[] = [];
  try {
    report(await looping(machines), await applyingEach(machines));
  } finally {
    for (const machine of machines) await machine.close();
  }
}

async function applyingEach(machines: Machine[]): Promise<number[]> {
  const times = new Map<number, number[]>([FEW, MANY, CROWD].map((count) => [count, []]));
  for (let repetition = 0; repetition < REPETITIONS; repetition++)
    for (const [count, measured] of times) measured.push(await applying(machines, count));
  return [...times.values()].map(median);
}

function report(loop: number, [few = Number.NaN, many = Number.NaN, crowd = Number.NaN]: number[]): void {
  console.log(`\napply of ${MANY} new customers in a booted Debian 12 (${REPETITIONS} repetitions, the loop once)`);
  console.log(`          ${ms(loop)}  a loop of useradd, mkdir and chown`);
  const ratio = loop / many;
  const verdict = ratio >= AT_LEAST ? 'ok' : 'SLOW';
  console.log(`${`${ratio.toFixed(1)}x`.padStart(8)}  ${ms(many)}  sftpjail apply: ${verdict}, at least ${AT_LEAST}x`);
  console.log(`\napply, for each of the new customers`);
  console.log(`        ${ms(few / FEW)}  one of ${FEW}`);
  const growth = crowd / CROWD / (few / FEW);
  console.log(
    `  ${growth.toFixed(2)}  ${ms(crowd / CROWD)}  one of ${CROWD}: ${growth <= LIMIT ? 'ok' : 'OVER'}, limit ${LIMIT}`,
  );
}

/** On a machine of their own, prepared and without customers. @returns ms */
async function applying(machines: Machine[], count: number): Promise<number> {
  const machine = await preparedMachine(machines);
  await machine.run('ssh-keygen', ['-q', '-t', 'ed25519', '-N', '', '-f', '/root/customer']);
  const key = await machine.readFile('/root/customer.pub');
  await machine.writeFile('/root/manifest.yaml', manifestOf(count, key, { bare: true }));
  const time = await timed(() =>
    machine.run('sftpjail', ['apply', '/root/manifest.yaml', '--yes', '--quiet'], { timeout: 600_000 }),
  );
  const { stdout } = await machine.sh('ls /etc/sftpjail/keys | wc -l; grep -c ":/data:" /etc/passwd');
  if (stdout !== `${count}\n${count}\n`) throw new Error(`not ${count} customers were made: ${stdout}`);
  return time;
}

async function looping(machines: Machine[]): Promise<number> {
  const machine = await preparedMachine(machines);
  return timed(() => machine.sh(LOOP, { args: [String(MANY)], timeout: 3_600_000 }));
}

async function preparedMachine(machines: Machine[]): Promise<Machine> {
  const machine = await bootMachine('bookworm');
  machines.push(machine);
  await machine.sftpjail('init', '--yes');
  return machine;
}

async function timed(act: () => Promise<unknown>): Promise<number> {
  const start = process.hrtime.bigint();
  await act();
  return Number(process.hrtime.bigint() - start) / 1e6;
}
