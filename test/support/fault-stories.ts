import type { Story } from './faults.ts';

const KEY = '/root/.ssh/customer.pub';
const INIT = ['sftpjail', 'init', '--yes'];
const ADD = ['sftpjail', 'add-user', 'acme', '--key', KEY];
const REMOVE = ['sftpjail', 'uninstall', '--yes', '--remove-users'];
const ADD_WITH_PASSWORD = [...ADD, '--generate-password'];
const UPLOAD = ['sh', '-c', 'cd /sftp-root/acme/data; mkdir -p in/out; echo bricks > in/order; ln -sf /etc in/etc'];
const NO_REMOVED = ['rm', '-rf', '/sftp-root/.removed'];
const NO_LOG = ['rm', '-f', '/var/log/sftp.log'];

/** Every command that changes a host, each with the host that it begins on and the way back there. */
export const STORIES = {
  init: { command: ['init', '--yes'], restore: [REMOVE, NO_LOG] },
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
  removeAll: { prepare: [INIT, ADD], command: ['uninstall', '--yes', '--remove-users'], restore: [INIT, ADD] },
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
