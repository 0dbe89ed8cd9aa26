import type { Bytes } from './escape.ts';

/** Every reply other than success; the words are sftp-server.c's, status_messages. */
export type Refusal = 'No such file' | 'Permission denied' | 'Failure' | 'Bad message' | 'Operation unsupported';

export const FLAGS = ['READ', 'WRITE', 'APPEND', 'CREATE', 'TRUNCATE', 'EXCL'] as const;
export type Flag = (typeof FLAGS)[number];

/** What one request sets, and whether the system lets it: `refused` names the attributes that it does not. */
export interface Attributes {
  size?: number;
  mode?: number;
  /** Seconds since 1970. */
  modtime?: number;
  owner?: { uid: number; gid: number };
  refused?: { attributes: ('size' | 'mode' | 'modtime' | 'owner')[]; status: Refusal };
}

/** An operation on one path; `fails` is what the operating system makes of it. */
type OnPath<Kind> = Each<Kind, { path: Bytes; fails?: Refusal }>;
type OnTwoPaths<Kind> = Each<Kind, { from: Bytes; to: Bytes; fails?: Refusal }>;
type Each<Kind, Rest> = Kind extends string ? { kind: Kind } & Rest : never;

/**
 * What a client asks for. A `handle` is the number that a client sends, which may never have been given out, or be
 * closed already; one below 0 counts back from the handle that was given out last, among those still open; `errno` is the reason why the system refuses to read or write.
 */
export type Request =
  | (OnPath<'open'> & { flags: Flag[]; mode?: number })
  | Each<'read' | 'write', { handle: number; bytes: number; errno?: string }>
  | Each<'close' | 'fstat' | 'readdir' | 'fsync', { handle: number }>
  | OnPath<'remove' | 'rmdir' | 'opendir' | 'stat' | 'lstat' | 'realpath' | 'readlink' | 'statvfs'>
  | (OnPath<'mkdir'> & { mode?: number })
  | OnTwoPaths<'rename' | 'posix-rename' | 'symlink' | 'hardlink'>
  | Each<'setstat' | 'lsetstat', { path: Bytes; attributes: Attributes }>
  | { kind: 'fsetstat'; handle: number; attributes: Attributes }
  | { kind: 'copy-data'; from: number; to: number; bytes: number }
  | { kind: 'home-directory'; name: Bytes };

/** sftp-server.c, the handlers with does_write; `open` looks at its flags itself. */
export const WRITES: ReadonlySet<Request['kind']> = new Set([
  ...(['write', 'setstat', 'fsetstat', 'remove', 'mkdir', 'rmdir', 'rename', 'symlink'] as const),
  ...(['posix-rename', 'hardlink', 'fsync', 'lsetstat', 'copy-data'] as const),
]);
