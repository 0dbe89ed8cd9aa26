import type { Ran } from './exec.ts';
import type { Guest, Spawned } from './guest.ts';
import { type Attrs, attributes, type Text, text, u32, u64 } from './sftp-bytes.ts';
import { SftpChannel } from './sftp-channel.ts';
import { OPEN, REQUEST } from './sftp-codes.ts';
import type { Reply } from './sftp-reply.ts';

/** The protocol by hand: every request that OpenSSH's server knows, with whatever a hostile customer may put into it. */
export class SftpWire {
  readonly channel: SftpChannel;
  private readonly program: Spawned;

  constructor(program: Spawned) {
    this.program = program;
    this.channel = new SftpChannel(program);
  }

  open(path: Text, flags: number, attrs: Attrs = {}): Promise<Reply> {
    return this.channel.request(REQUEST.open, text(path), u32(flags), attributes(attrs));
  }
  closeHandle(handle: Buffer): Promise<Reply> {
    return this.channel.request(REQUEST.close, text(handle));
  }
  read(handle: Buffer, offset: number, length: number): Promise<Reply> {
    return this.channel.request(REQUEST.read, text(handle), u64(offset), u32(length));
  }
  write(handle: Buffer, offset: number, data: Text): Promise<Reply> {
    return this.channel.request(REQUEST.write, text(handle), u64(offset), text(data));
  }
  lstat(path: Text): Promise<Reply> {
    return this.channel.request(REQUEST.lstat, text(path));
  }
  stat(path: Text): Promise<Reply> {
    return this.channel.request(REQUEST.stat, text(path));
  }
  fstat(handle: Buffer): Promise<Reply> {
    return this.channel.request(REQUEST.fstat, text(handle));
  }
  setstat(path: Text, attrs: Attrs): Promise<Reply> {
    return this.channel.request(REQUEST.setstat, text(path), attributes(attrs));
  }
  fsetstat(handle: Buffer, attrs: Attrs): Promise<Reply> {
    return this.channel.request(REQUEST.fsetstat, text(handle), attributes(attrs));
  }
  opendir(path: Text): Promise<Reply> {
    return this.channel.request(REQUEST.opendir, text(path));
  }
  readdir(handle: Buffer): Promise<Reply> {
    return this.channel.request(REQUEST.readdir, text(handle));
  }
  remove(path: Text): Promise<Reply> {
    return this.channel.request(REQUEST.remove, text(path));
  }
  mkdir(path: Text, attrs: Attrs = {}): Promise<Reply> {
    return this.channel.request(REQUEST.mkdir, text(path), attributes(attrs));
  }
  rmdir(path: Text): Promise<Reply> {
    return this.channel.request(REQUEST.rmdir, text(path));
  }
  realpath(path: Text): Promise<Reply> {
    return this.channel.request(REQUEST.realpath, text(path));
  }
  rename(from: Text, to: Text): Promise<Reply> {
    return this.channel.request(REQUEST.rename, text(from), text(to));
  }
  readlink(path: Text): Promise<Reply> {
    return this.channel.request(REQUEST.readlink, text(path));
  }
  /** OpenSSH takes the target first, against the draft. */
  symlink(target: Text, path: Text): Promise<Reply> {
    return this.channel.request(REQUEST.symlink, text(target), text(path));
  }
  extended(name: string, ...body: readonly Buffer[]): Promise<Reply> {
    return this.channel.request(REQUEST.extended, text(name), ...body);
  }
  posixRename(from: Text, to: Text): Promise<Reply> {
    return this.extended('posix-rename@openssh.com', text(from), text(to));
  }
  hardlink(from: Text, to: Text): Promise<Reply> {
    return this.extended('hardlink@openssh.com', text(from), text(to));
  }
  fsync(handle: Buffer): Promise<Reply> {
    return this.extended('fsync@openssh.com', text(handle));
  }
  lsetstat(path: Text, attrs: Attrs): Promise<Reply> {
    return this.extended('lsetstat@openssh.com', text(path), attributes(attrs));
  }
  statvfs(path: Text): Promise<Reply> {
    return this.extended('statvfs@openssh.com', text(path));
  }
  fstatvfs(handle: Buffer): Promise<Reply> {
    return this.extended('fstatvfs@openssh.com', text(handle));
  }
  limits(): Promise<Reply> {
    return this.extended('limits@openssh.com');
  }
  expandPath(path: Text): Promise<Reply> {
    return this.extended('expand-path@openssh.com', text(path));
  }
  /** Length 0 copies to the end of the file. */
  copyData(from: Buffer, fromOffset: number, length: number, to: Buffer, toOffset: number): Promise<Reply> {
    return this.extended('copy-data', text(from), u64(fromOffset), u64(length), text(to), u64(toOffset));
  }
  homeDirectory(user: Text): Promise<Reply> {
    return this.extended('home-directory', text(user));
  }
  usersGroupsById(uids: readonly number[], gids: readonly number[]): Promise<Reply> {
    const list = (ids: readonly number[]) => text(Buffer.concat(ids.map(u32)));
    return this.extended('users-groups-by-id@openssh.com', list(uids), list(gids));
  }

  /** open, write and close; the first reply that is not ok, or the last. */
  async put(path: Text, data: Text): Promise<Reply> {
    const opened = await this.open(path, OPEN.write | OPEN.creat | OPEN.trunc, { mode: 0o644 });
    if (!opened.handle) return opened;
    const written = await this.write(opened.handle, 0, data);
    const closed = await this.closeHandle(opened.handle);
    return written.status === 'ok' ? closed : written;
  }

  /** open, read up to `length` bytes and close. */
  async get(path: Text, length = 32_768): Promise<Reply> {
    const opened = await this.open(path, OPEN.read);
    if (!opened.handle) return opened;
    const read = await this.read(opened.handle, 0, length);
    await this.closeHandle(opened.handle);
    return read;
  }

  /** Ends the session in order; what the program said besides the protocol is in `stderr`. */
  close(): Promise<Ran> {
    this.program.process.stdin?.end();
    return this.program.done;
  }

  /** Cuts the connection off. */
  async kill(): Promise<void> {
    this.program.kill('SIGKILL');
    await this.program.done;
  }
}

/** Speaks to whatever `command` runs in the guest: ssh with a subsystem, or sftp-server itself. */
export async function openWire(guest: Guest, command: string, args: readonly string[]): Promise<SftpWire> {
  const wire = new SftpWire(guest.spawn(command, args));
  await wire.channel.greet();
  return wire;
}
