import { bootMachine, type Machine } from '../support/machine.ts';
import { missingForMachines } from '../support/needs.ts';
import prepare from '../support/prepare.ts';
import { addCustomer, KEY } from './few-and-many.ts';
import { compare, median, type Side } from './ratio.ts';

const SIZE = '1G';
const CONFIG = `watch: { enabled: true }
forensic: { enabled: true }
`;

/** What a customer's upload of a gigabyte takes longer where sshd speaks at DEBUG1, and sftp-server at each level. */
export async function benchForensics(): Promise<void> {
  const missing = missingForMachines();
  if (missing !== null) return console.log(`\nforensics left out: ${missing}`);
  await prepare();
  const machines: Machine[] = [];
  try {
    const without = await preparedMachine(machines, 'watch: { enabled: true }\n');
    const held = await preparedMachine(machines, CONFIG);
    // As forensic.sftp has them all, one account each has it here.
    for (const level of ['DEBUG1', 'DEBUG3'])
      await held.run('sftpjail', [
        'add-user',
        level.toLowerCase(),
        '--key',
        `${KEY}.pub`,
        '--log-level',
        level,
        '--yes',
      ]);
    const baseline = await upload(without, 'first', 'no forensics, internal-sftp at VERBOSE');
    const sides = [
      { ...(await upload(held, 'first', 'internal-sftp at VERBOSE')), limit: 1.02 },
      { ...(await upload(held, 'debug1', 'internal-sftp at DEBUG1')), limit: 2 },
      { ...(await upload(held, 'debug3', 'internal-sftp at DEBUG3')), limit: 2 },
    ];
    const title = `an upload of ${SIZE} in a booted Debian 12, with forensics against none`;
    await compare({ title, baseline, sides, repetitions: 7, warmups: 1 });
    // What other programs of this machine do is no part of it.
    const base = median(baseline.cpu);
    console.log('  the processors’ time that sshd, rsyslogd, journald and the daemon took for it:');
    for (const { name, cpu } of [baseline, ...sides])
      console.log(`  ${(median(cpu) / base).toFixed(2)}  ${median(cpu).toFixed(0).padStart(7)} ms  ${name}`);
  } finally {
    for (const machine of machines) await machine.close();
  }
}

async function preparedMachine(machines: Machine[], config: string): Promise<Machine> {
  const machine = await bootMachine('bookworm');
  machines.push(machine);
  await machine.run('ssh-keygen', ['-q', '-t', 'ed25519', '-N', '', '-f', KEY]);
  await machine.sh('mkdir /etc/sftpjail');
  await machine.writeFile('/etc/sftpjail/config.yaml', config, 0o640);
  await addCustomer(machine, 'first');
  await machine.sh('truncate --size="$1" /root/big', { args: [SIZE] });
  return machine;
}

interface Upload extends Side {
  /** What each took of the processors, in ms; the warm-up is among them. */
  cpu: number[];
}

/** Of a listener's own children too, once they have ended. */
const SPENT = `spent() {
  for pid in $(pgrep --oldest --exact sshd) $(pgrep --exact rsyslogd) $(pgrep --exact systemd-journal) $(pgrep --full 'sftpjail.js watch'); do
    cut --delimiter=' ' --fields=14-17 "/proc/$pid/stat"
  done | tr ' ' '\\n' | awk '{ sum += $1 } END { print sum * 10 }'
}`;

/** What arrives is kept in memory and removed before the next time: it is not the disk that is measured, nor the login. */
async function upload(machine: Machine, user: string, name: string): Promise<Upload> {
  const cpu: number[] = [];
  const data = `/sftp-root/${user}/data`;
  await machine.sh('mount -t tmpfs -o "size=1100M,mode=2770,uid=$1,gid=sftp" data "$2"', { args: [user, data] });
  return {
    name,
    cpu,
    before: async () => void (await machine.sh('rm -f "$1"/*', { args: [data] })),
    async run() {
      const { stdout } = await machine.sh(
        `${SPENT}
         before=$(spent)
         printf '%s\\n' '!date +%s%N > /run/from' 'put /root/big' '!date +%s%N > /run/to' | sftp -q -F none -i "$1" -o StrictHostKeyChecking=no -o UserKnownHostsFile=/dev/null -b - "$2@127.0.0.1" > /dev/null
         echo $(($(cat /run/to) - $(cat /run/from))); rm "$3/big"
         sleep 2; echo $(($(spent) - before))`,
        { args: [KEY, user, data], timeout: 600_000 },
      );
      const [time = 0, spent = 0] = stdout.trim().split('\n').map(Number);
      cpu.push(spent);
      return time / 1e6;
    },
  };
}
