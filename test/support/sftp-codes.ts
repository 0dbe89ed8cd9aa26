/** Numbers of the protocol, draft-ietf-secsh-filexfer-02 (version 3). */
export const REQUEST = {
  init: 1,
  open: 3,
  close: 4,
  read: 5,
  write: 6,
  lstat: 7,
  fstat: 8,
  setstat: 9,
  fsetstat: 10,
  opendir: 11,
  readdir: 12,
  remove: 13,
  mkdir: 14,
  rmdir: 15,
  realpath: 16,
  stat: 17,
  rename: 18,
  readlink: 19,
  symlink: 20,
  extended: 200,
} as const;

export const REPLY = { version: 2, status: 101, handle: 102, data: 103, name: 104, attrs: 105, extended: 201 } as const;

export const OPEN = { read: 1, write: 2, append: 4, creat: 8, trunc: 16, excl: 32 } as const;

export const STATUS = [
  'ok',
  'eof',
  'no such file',
  'permission denied',
  'failure',
  'bad message',
  'no connection',
  'connection lost',
  'operation unsupported',
] as const;

export type Status = (typeof STATUS)[number] | `status ${number}`;

export const ATTR = { size: 1, ids: 2, mode: 4, times: 8, extended: 0x80000000 } as const;
