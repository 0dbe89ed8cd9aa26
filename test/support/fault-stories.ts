import type { Story } from './faults.ts';

const KEY = '/root/.ssh/customer.pub';
const INIT = ['sftpjail', 'init', '--yes'];
const ADD = ['sftpjail', 'add-user', 'acme', '--key', KEY];
const REMOVE = ['sftpjail', 'uninstall', '--yes', '--remove-users'];
const ADD_WITH_PASSWORD = [...ADD, '--generate-password'];
const UPLOAD = ['sh', '-c', 'cd /sftp-root/acme/data; mkdir -p in/out; echo bricks > in/order; ln -sf /etc in/etc'];
const NO_REMOVED = ['rm', '-rf', '/sftp-root/.removed'];
const NO_LOG = ['rm', '-f', '/var/log/sftp.log'];

const REMOVE_ALL = [...REMOVE, '--delete-data'];
const HASH = '$6$saltsalt$qFmFH.bQmmtXzyBY0s9v7Oicd2z4XSIecDzlB5KiA2/jctKu9YterLp8wwnSq.qc.eoxqOmSuNp2xS0ktL3nh/';
const manifest = (file: string, users: string): string[] => [
  ...['sh', '-c', `printf 'users: %s\\n' "$1" | sed "s|KEY|$(cat ${KEY})|" > ${file}`, 'sh', users],
];
const THREE = manifest(
  '/root/three.yaml',
  `[{name: acme, keys: [KEY], data: [in/new]}, {name: globex, passwordHash: "${HASH}"}, {name: other, shares: [pool], readOnly: true}]`,
);
const TWO = manifest('/root/two.yaml', '[{name: acme, locked: true, keys: []}, {name: other, shares: []}]');
const APPLY_THREE = ['sftpjail', 'apply', '/root/three.yaml', '--yes'];

/** A daemon with a unit of its own for each thing that it may not do, and a line in a file that is another's. */
const WATCHING = `watch: { enabled: true }
share: { writable: true }
hooks: { user: backup, before-session: { command: [/bin/true] } }
`;
const configure = (text: string): string[] => [
  ...['sh', '-c', 'mkdir /etc/sftpjail; printf %s "$1" > /etc/sftpjail/config.yaml', 'sh', text],
];
/** All that a host can do beside its log. */
const EVERYTHING = `${WATCHING}forensic: { enabled: true }
ledger: { enabled: true }
`;

/** Every command that changes a host, each with the host that it begins on and the way back there. */
export const STORIES = {
  init: { command: ['init', '--yes'], restore: [REMOVE, NO_LOG] },
  initWatching: { prepare: [configure(WATCHING)], command: ['init', '--yes'], restore: [REMOVE, NO_LOG] },
  addUser: { prepare: [INIT], command: ADD.slice(1), restore: [REMOVE, INIT] },
  /** An account that has a key gets a password too. */
  addPassword: {
    prepare: [INIT, ADD],
    command: ['add-user', 'acme', '--password-stdin'],
    input: 'correct horse battery\n',
    restore: [REMOVE, INIT, ADD],
  },
  /** On a bare host, so the plan contains that of init. */
  addFirstUser: { command: [...ADD.slice(1), '--yes'], restore: [REMOVE, NO_LOG] },
  uninstall: {
    prepare: [INIT, ADD],
    command: ['uninstall', '--yes'],
    restore: [INIT, ['chage', '-E', '-1', 'acme'], ADD],
  },
  /** With a daemon that runs meanwhile, what it holds in memory, a timer and a line in PAM. */
  uninstallWatching: {
    prepare: [configure(EVERYTHING), INIT, ADD],
    command: ['uninstall', '--yes'],
    restore: [INIT, ['chage', '-E', '-1', 'acme'], ADD],
  },
  removeAll: { prepare: [INIT, ADD], command: ['uninstall', '--yes', '--remove-users'], restore: [INIT, ADD] },
  /** New accounts, made at once, with all that an account can have. */
  apply: { prepare: [INIT, THREE], command: APPLY_THREE.slice(1), restore: [REMOVE_ALL, INIT] },
  /** One account goes, one is shut, one loses its shared folder. */
  applyAgain: {
    prepare: [INIT, THREE, APPLY_THREE, TWO],
    command: ['apply', '/root/two.yaml', '--yes', '--prune'],
    restore: [REMOVE_ALL, INIT, APPLY_THREE],
  },
  /** With a password, so that sshd has to be told, and with uploads. */
  removeUser: {
    prepare: [INIT, ADD_WITH_PASSWORD, UPLOAD],
    command: ['remove-user', 'acme', '--yes'],
    restore: [NO_REMOVED, ADD_WITH_PASSWORD, UPLOAD],
  },
  deleteData: {
    prepare: [INIT, ADD, UPLOAD],
    command: ['remove-user', 'acme', '--yes', '--delete-data'],
    restore: [ADD, UPLOAD],
  },
  lockUntil: {
    prepare: [INIT, [...ADD, '--expires', '2099-12-31']],
    command: ['lock-user', 'acme', '--until', '2099-01-01'],
    restore: [['sftpjail', 'unlock-user', 'acme']],
  },
  recover: { interrupted: ['init', '--yes'], command: ['recover'], restore: [REMOVE, NO_LOG] },
} as const satisfies Record<string, Omit<Story, 'suite' | 'strikes'>>;
