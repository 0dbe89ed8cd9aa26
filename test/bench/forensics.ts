import { bootMachine, type Machine } from '../support/machine.ts';
import { missingForMachines } from '../support/needs.ts';
import prepare from '../support/prepare.ts';
import { addCustomer, KEY } from './few-and-many.ts';
import { compare, type Side } from './ratio.ts';

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
    await compare({
      title: `an upload of ${SIZE} in a booted Debian 12, with forensics against none`,
      baseline: await upload(without, 'first', 'no forensics, internal-sftp at VERBOSE'),
      sides: [
        { ...(await upload(held, 'first', 'internal-sftp at VERBOSE')), limit: 1.02 },
        { ...(await upload(held, 'debug1', 'internal-sftp at DEBUG1')), limit: 3 },
        { ...(await upload(held, 'debug3', 'internal-sftp at DEBUG3')), limit: 4 },
      ],
      repetitions: 9,
    });
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

/** What arrives is kept in memory and removed before the next time: it is not the disk that is measured. */
async function upload(machine: Machine, user: string, name: string): Promise<Side> {
  const data = `/sftp-root/${user}/data`;
  await machine.sh('mount -t tmpfs -o "size=1100M,mode=2770,uid=$1,gid=sftp" data "$2"', { args: [user, data] });
  return {
    name,
    before: async () => void (await machine.sh('rm -f "$1"/*', { args: [data] })),
    async run() {
      const { stdout } = await machine.sh(
        `from=$(date +%s%N)
         echo 'put /root/big' | sftp -q -F none -i "$1" -o StrictHostKeyChecking=no -o UserKnownHostsFile=/dev/null -b - "$2@127.0.0.1" > /dev/null
         echo $(($(date +%s%N) - from)); rm "$3/big"`,
        { args: [KEY, user, data], timeout: 600_000 },
      );
      return Number(stdout) / 1e6;
    },
  };
}
