import { setTimeout as sleep } from 'node:timers/promises';
import type { Clients } from './clients.ts';
import type { Guest } from './guest.ts';

interface Raced {
  /** Things whose mode is another now, and that are not the customer's alone. */
  changed: string[];
  /** Lines by which the daemon was told of a name. */
  told: number;
  /** How often the racer put something else in a place, found that its own file had been widened, or a bit too many. */
  swaps: number;
  widened: number;
  gained: number;
}

const SET_OUT = `
data=/sftp-root/$1/data
mkdir -p /var/tmp/own /sftp-root/globex/data/f.d
cd /sftp-root/globex/data; echo secret > secret; echo f > f; chown globex:sftp secret f f.d; chmod 600 secret f; chmod 700 f.d
cd $data
echo > parked-own; chmod 600 parked-own; echo > special; echo > toggled; mkdir parked-folder; echo > parked-folder/f
echo > parked-linked; chmod 600 parked-linked; ln parked-linked /var/tmp/own/linked; mkfifo -m 600 parked-pipe
ln -s /etc/shadow parked-to-shadow; ln -s ../../globex/data/secret parked-to-secret; ln -s parked-foreign parked-to-foreign
ln -s /sftp-root/globex/data parked-to-globex; ln -s /etc parked-to-etc
ln -s /var/tmp/own parked-to-own; ln -s /var/tmp/own/mine parked-to-mine
mkdir /var/tmp/own/elsewhere mounted; echo > /var/tmp/own/mine; echo > /var/tmp/own/elsewhere/mine
chown "$1":sftp /var/tmp/own/mine /var/tmp/own/elsewhere/mine; chmod 600 /var/tmp/own/mine /var/tmp/own/elsewhere/mine
cp -p /var/tmp/own/mine /sftp-root/globex/data
chown -h "$1":sftp * parked-folder/f; chmod 4700 special
echo > parked-foreign; chmod 600 parked-foreign; echo > parked-globex; chown globex:sftp parked-globex; chmod 600 parked-globex
mkdir parked-foreign-folder; echo > parked-foreign-folder/f; chmod 700 parked-foreign-folder
chmod 600 parked-foreign-folder/f; chown root:sftp parked-foreign parked-foreign-folder parked-foreign-folder/f
touch /etc/f; chmod 600 /etc/f; rm -f /tmp/stop-racing`;

/** Everything but what is the customer's own, in the jail, and has no second name. */
const MODES = `find /sftp-root /etc /var/tmp/own -xdev ! \\( -path "/sftp-root/$1/data*" -user "$1" \\( -type d -o -links 1 \\) \\) -printf '%i %m %u %l\\n' | sort`;

/** A customer races against the daemon for so many milliseconds, locally, while a session of theirs names the places. */
export async function race(guest: Guest, clients: Clients, user: string, milliseconds: number): Promise<Raced> {
  await guest.sh(SET_OUT, { args: [user] });
  const modes = async () => (await guest.sh(MODES, { args: [user] })).stdout.split('\n');
  const before = new Set(await modes());
  const mounted = [`/sftp-root/${user}/data/mounted`];
  await guest.run('mount', ['--bind', '/var/tmp/own/elsewhere', ...mounted]);
  const racer = guest.spawn('setpriv', [
    ...[`--reuid=${user}`, '--regid=sftp', '--clear-groups'],
    ...['node', '/opt/test-support/racer.cjs', `/sftp-root/${user}/data`, '/tmp/stop-racing'],
  ]);
  const wire = await clients.wire(user);
  let told = 0;
  for (const end = Date.now() + milliseconds; Date.now() < end; ) {
    // The line of a rename stands in the log whether it comes to that or not.
    const asked = [
      'f',
      'd',
      'd/f',
      'd/secret',
      'd/shadow',
      'd/f.d',
      'toggled',
      'special',
      'parked-linked',
      'd/mine',
      'mounted/mine',
    ].map((name) => wire.posixRename('/data/none', `/data/${name}`));
    told += asked.length;
    await Promise.all([...asked, wire.setstat('/data/d', { mode: 0o755 }), sleep(60)]);
  }
  // What is asked for in the end is done in the end.
  await wire.mkdir('/data/done', { mode: 0o700 });
  await wire.close();
  await guest.sh('until [ "$(stat -c %a "/sftp-root/$1/data/done")" = 2770 ]; do sleep 0.1; done', {
    args: [user],
    timeout: 120_000,
  });
  await guest.run('touch', ['/tmp/stop-racing']);
  const ended = await racer.done;
  await guest.run('umount', mounted);
  if (ended.exitCode !== 0) throw new Error(`the racer fell: ${ended.stderr}`);
  const special = await guest.sh('stat -c %a "/sftp-root/$1/data/special"', { args: [user] });
  const changed = (await modes()).filter((line) => !before.has(line));
  return {
    ...(JSON.parse(ended.stdout) as Raced),
    told,
    changed: [...changed, ...(special.stdout === '4700\n' ? [] : [`special ${special.stdout}`])],
  };
}
