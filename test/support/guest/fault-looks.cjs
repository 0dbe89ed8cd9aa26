// Which programs only look. Everything else that is started counts as a touch of the host.
const { basename } = require('node:path');

// Installing packages is not ours to take back, so it is no touch either.
const LOOK = new Set([
  'getent',
  'id',
  'ps',
  'ss',
  'cat',
  'stat',
  'uname',
  'which',
  'findmnt',
  'df',
  'true',
  'test',
  'pgrep',
  'dpkg-query',
  'getfacl',
  'journalctl',
  'namei',
  'apt-get',
  'dnf',
  'apk',
  'ssh',
  'sftp',
  'scp',
  'ssh-keyscan',
  'hostname',
  'passwd-status',
  'faillog',
]);

const SOMETIMES = {
  'ssh-keygen': (args) => args.some((arg) => /^-[lyB]/.test(arg)),
  sshd: (args) => args.some((arg) => /^-[tTGV]/.test(arg)),
  rsyslogd: (args) => args.some((arg) => /^-[Nv]/.test(arg)),
  logrotate: (args) => args.some((arg) => /^(-d|--debug|--version)$/.test(arg)),
  systemctl: (args) =>
    /^(show|status|cat|list-.*|is-.*|--version)$/.test(args.find((arg) => !/^-(?!-version)/.test(arg)) ?? ''),
  'systemd-sysusers': (args) => args.includes('--version'),
  'systemd-analyze': (args) => args.includes('verify'),
  service: (args) => args[1] === 'status',
  'rc-service': (args) => args[1] === 'status',
  passwd: (args) => args.some((arg) => /^(-S|--status)$/.test(arg)),
  dpkg: (args) => args.some((arg) => /^-[sSlLVW]/.test(arg)),
  node: (args) => args.includes('--version'),
};

// Programs that run another one: what they run decides.
const WRAPPERS = {
  chroot: (args) => args.slice(1),
  flock: (args) =>
    args.findIndex((arg) => !arg.startsWith('-')) === -1
      ? []
      : args.slice(args.findIndex((arg) => !arg.startsWith('-')) + 1),
  timeout: (args) => args.slice(args.findIndex((arg) => !arg.startsWith('-')) + 1),
  setpriv: (args) => args.slice(args.findIndex((arg) => !arg.startsWith('-'))),
};

function changes([file, ...args]) {
  const name = basename(String(file));
  if (LOOK.has(name)) return false;
  if (WRAPPERS[name]) {
    const rest = WRAPPERS[name](args);
    return rest.length > 0 && changes(rest);
  }
  return !SOMETIMES[name]?.(args);
}

module.exports = { changes };
