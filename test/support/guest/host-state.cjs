// What a change of ours could leave behind on a host with systemd, as comparable lines; and proof that its daemons work.
const { spawnSync } = require('node:child_process');
const { readFileSync, readdirSync, lstatSync, readlinkSync } = require('node:fs');
const { listTree } = require('./tree.cjs');

const DROP_IN = '/etc/ssh/sshd_config.d/50-sftpjail.conf';
const SOCKET = '/sftp-root/dev/log';
const UNITS = [
  'ssh.service',
  'ssh.socket',
  'rsyslog.service',
  'syslog.socket',
  'sftpjail-log.socket',
  'sftpjail-unlock.timer',
  'sftpjail-watch.service',
  'sftpjail-hook.socket',
  'sftpjail-writable.socket',
  'sftpjail-snapshot.timer',
  'run-sftpjail\\x2dforensic.mount',
];
const PROPERTIES = 'Id,LoadState,ActiveState,UnitFileState,NeedDaemonReload,DropInPaths,MainPID';

const run = (program, ...args) => spawnSync(program, args, { encoding: 'utf8' });
const text = (path) => {
  try {
    return readFileSync(path, 'utf8');
  } catch {
    return '';
  }
};
const inodeOf = (path) => lstatSync(path, { throwIfNoEntry: false })?.ino;
const sleep = (milliseconds) => Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0, milliseconds);

function within(seconds, what, holds) {
  for (const end = Date.now() + seconds * 1000; !holds(); sleep(10))
    if (Date.now() > end) return [`${what} not so after ${seconds} s`];
  return [];
}

const units = () =>
  run('systemctl', 'show', `--property=${PROPERTIES}`, ...UNITS)
    .stdout.trim()
    .split('\n\n');

function rsyslogPid(shown) {
  return /^MainPID=(\d+)$/m.exec(shown.find((unit) => unit.includes('Id=rsyslog.service')))?.[1];
}

/** A jail's link is as good as the socket that it leads to: rsyslogd holds it, or nobody listens there. */
function links(pid) {
  const current = inodeOf(SOCKET);
  const bound = text('/proc/net/unix')
    .split('\n')
    .filter((line) => line.endsWith(` ${SOCKET}`));
  const held = new Set(
    readdirSync(`/proc/${pid}/fd`).map((fd) => {
      try {
        return readlinkSync(`/proc/${pid}/fd/${fd}`);
      } catch {
        return '';
      }
    }),
  );
  const isRead = bound.some((line) => held.has(`socket:[${line.split(/\s+/)[6]}]`));
  const jails = (current === undefined ? [] : readdirSync('/sftp-root')).filter(
    (name) => inodeOf(`/sftp-root/${name}/dev/log`) === current,
  );
  return [`bound ${bound.length}, read by rsyslogd ${isRead}`, `linked ${jails.join(' ')}`];
}

/** Everything that must be as it was, one line each. */
function lookAtHost() {
  const shown = units();
  // When a jail was moved aside is another time in each run.
  const files = listTree(['/etc', '/var/lib/sftpjail', '/sftp-root'], {
    // How far the daemon has read is another place each time.
    skip: ['/etc/shadow', '/var/lib/sftpjail/watch/outbox'],
  }).map((row) => row.join(' ').replace(/(?<=\/\.removed\/\w+\.)\d{8}T\d{6}Z/, 'TIME'));
  // The same password is another hash each time.
  const shadow = text('/etc/shadow')
    .replace(/:\$[^:]+/g, ':(password)')
    // It may be another day meanwhile.
    .replace(/^([^:\n]+:[^:\n]*):\d+:/gm, '$1:(day):')
    .split('\n');
  const run = readdirSync('/run').filter((name) => name.startsWith('sftpjail'));
  const logs = readdirSync('/var/log').map((name) => `/var/log/${name}`);
  const states = shown.map((unit) =>
    unit
      .replace(/^MainPID=.*\n?/m, '')
      .trim()
      .split('\n')
      .join(' '),
  );
  return { lines: [...files, ...shadow, ...run, ...logs, ...states, ...links(rsyslogPid(shown))], shown };
}

const SSH = [
  '-F',
  'none',
  ...['BatchMode=yes', 'StrictHostKeyChecking=no', 'UserKnownHostsFile=/dev/null', 'LogLevel=ERROR'].flatMap(
    (option) => ['-o', option],
  ),
];
const proofIn = (dropIn) => /^Match User (sftpjail-\S+)$/m.exec(dropIn)?.[1];
let address = 0;
let proof;

/** By which configuration the running sshd answers: it alone can say, whatever stands on the disk. */
function usesOurBlocks(name) {
  // A penalty for one address would be a penalty for the rest of the test.
  address++;
  const from = `127.9.${address >> 8}.${address & 255}`;
  return /\(hostbased\)/.test(
    run('ssh', ...SSH, '-b', from, '-o', 'PreferredAuthentications=none', `${name}@127.0.0.1`, 'true').stderr,
  );
}

function sshdWorks() {
  const ours = proofIn(text(DROP_IN));
  proof = ours ?? proof;
  return [
    ...within(
      10,
      'a login of root',
      () => run('ssh', ...SSH, '-i', '/root/.ssh/customer', 'root@127.0.0.1', 'true').status === 0,
    ),
    ...(proof
      ? within(10, `sshd ${ours ? 'with' : 'without'} our blocks`, () => usesOurBlocks(proof) === Boolean(ours))
      : []),
  ];
}

function rsyslogWorks() {
  const mark = `works-${process.hrtime.bigint()}`;
  run('logger', mark);
  const jailed = inodeOf(SOCKET) !== undefined;
  if (jailed) run('logger', '--socket', SOCKET, '--socket-errors=off', mark);
  return [
    ...within(10, 'a line in /var/log/syslog', () => text('/var/log/syslog').includes(mark)),
    ...(jailed ? within(10, 'a line in /var/log/sftp.log', () => text('/var/log/sftp.log').includes(mark)) : []),
  ];
}

/** Inode numbers of the sockets that listen on port 22 (proc(5): state 0A). */
const listening = () =>
  text('/proc/net/tcp')
    .split('\n')
    .map((line) => line.trim().split(/\s+/))
    .filter(([, local, , state]) => local?.endsWith(':0016') && state === '0A')
    .map((fields) => fields[9])
    .join();

const known = {};

/** Asks again only those daemons that have read their configuration since: sshd then listens anew, rsyslogd is another process. */
function daemonsWork(shown) {
  const late = within(10, 'sshd listening', () => listening() !== '');
  const [sshd, rsyslog] = [listening(), rsyslogPid(shown)];
  const again = { sshd: known.sshd !== sshd, rsyslog: known.rsyslog !== rsyslog };
  const problems = [...late, ...(again.sshd ? sshdWorks() : []), ...(again.rsyslog ? rsyslogWorks() : [])];
  Object.assign(known, { sshd, rsyslog });
  return { problems, again };
}

module.exports = { lookAtHost, daemonsWork };
