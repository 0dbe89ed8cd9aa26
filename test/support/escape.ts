import { OPEN } from './sftp-codes.ts';
import type { Reply } from './sftp-reply.ts';
import type { SftpWire } from './sftp-wire.ts';

type Attempt = (wire: SftpWire, path: string) => Promise<Reply>;

/** Copies with copy-data; what cannot be opened cannot be copied. */
async function copy(wire: SftpWire, from: string, to: string): Promise<Reply> {
  const source = await wire.open(from, OPEN.read);
  if (!source.handle) return source;
  const target = await wire.open(to, OPEN.write | OPEN.creat);
  const copied = target.handle ? await wire.copyData(source.handle, 0, 0, target.handle, 0) : target;
  for (const { handle } of [source, target]) if (handle) await wire.closeHandle(handle);
  return copied;
}

/** Every request that names a path, tried on one; `/data/mine` is a file of the customer's own. */
export const ATTEMPTS: Readonly<Record<string, Attempt>> = {
  stat: (wire, path) => wire.stat(path),
  lstat: (wire, path) => wire.lstat(path),
  read: (wire, path) => wire.get(path),
  opendir: (wire, path) => wire.opendir(path),
  readlink: (wire, path) => wire.readlink(path),
  statvfs: (wire, path) => wire.statvfs(path),
  'copy from': (wire, path) => copy(wire, path, '/data/copied'),
  'hardlink from': (wire, path) => wire.hardlink(path, `/data/link-${counter++}`),
  write: (wire, path) => wire.put(path, 'overwritten'),
  append: (wire, path) => wire.open(path, OPEN.write | OPEN.append),
  truncate: (wire, path) => wire.setstat(path, { size: 0 }),
  chmod: (wire, path) => wire.setstat(path, { mode: 0o777 }),
  touch: (wire, path) => wire.setstat(path, { atime: 1, mtime: 1 }),
  'touch the link': (wire, path) => wire.lsetstat(path, { atime: 1, mtime: 1 }),
  'chmod the link': (wire, path) => wire.lsetstat(path, { mode: 0o777 }),
  'copy to': (wire, path) => copy(wire, '/data/mine', path),
  mkdir: (wire, path) => wire.mkdir(path),
  'hardlink to': (wire, path) => wire.hardlink('/data/mine', path),
  'rename to': (wire, path) => wire.rename('/data/mine', path),
  'posix-rename to': (wire, path) => wire.posixRename('/data/mine', path),
  'rename from': (wire, path) => wire.rename(path, `/data/moved-${counter++}`),
  'posix-rename from': (wire, path) => wire.posixRename(path, `/data/moved-${counter++}`),
  rmdir: (wire, path) => wire.rmdir(path),
  remove: (wire, path) => wire.remove(path),
};

let counter = 0;
