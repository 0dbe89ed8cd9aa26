import { asLogged, type Bytes, escaped } from './escape.ts';
import { Handles } from './handles.ts';
import { type Attributes, FLAGS, type Flag, type Refusal, type Request, WRITES } from './requests.ts';
import type { ChangeTruth, Level, Line, TransferTruth } from './truth.ts';

export interface ServerSettings {
  user: string;
  ip: string;
  pid: number;
  level: Level;
  version: '9.2' | '10.0';
  /** -R */
  readOnly?: boolean;
  /** -P: names of requests. */
  denied?: readonly string[];
  tag?: 'internal-sftp' | 'sftp-server';
}

/** Those that sftp-server advertises, of the requests of the model. */
const EXTENSIONS = ['posix-rename', 'statvfs', 'hardlink', 'fsync', 'lsetstat', 'copy-data', 'home-directory'] as const;

type Of<Kind extends Request['kind']> = Extract<Request, { kind: Kind }>;

const RANK: Record<Level, number> = { INFO: 0, VERBOSE: 1, DEBUG1: 2 };

/** errno_to_portable, for the errors that the model knows. */
const STATUS_OF: Record<string, Refusal> = { 'Bad file descriptor': 'No such file', 'Invalid argument': 'Bad message' };

const canRead = (flags: readonly Flag[]): boolean => flags.includes('READ') || !flags.includes('WRITE');
const canWrite = (flags: readonly Flag[]): boolean => flags.includes('WRITE');

/** YYYYMMDD-HH:MM:SS in UTC: there is no /etc/localtime in a jail. */
export const stampOfModtime = (seconds: number): string =>
  new Date(seconds * 1000).toISOString().slice(0, 19).replaceAll('-', '').replace('T', '-');

/**
 * One process of sftp-server: prints what OpenSSH 9.2 to 10 print (sftp-server.c), each line at the time
 * that `clock` gives, and keeps what really happened.
 */
export class SftpServer {
  readonly lines: Line[] = [];
  readonly transfers: TransferTruth[] = [];
  readonly changes: ChangeTruth[] = [];
  readonly #handles = new Handles();
  readonly #settings: ServerSettings;
  readonly #clock: () => number;
  #serial = 0;

  constructor(settings: ServerSettings, clock: () => number) {
    this.#settings = settings;
    this.#clock = clock;
    this.#info(`session opened for local user ${settings.user} from [${settings.ip}]`);
    this.#verbose('received client version 3');
    // sftp-server.c, compose_extension: what is not permitted is not advertised, and that prints the same words.
    for (const kind of EXTENSIONS) this.#isRefused(kind);
  }

  answer(asked: Request): void {
    const request = this.#meant(asked);
    this.#serial++;
    if (this.#refuses(request)) return;
    switch (request.kind) {
      case 'open':
        return this.#open(request);
      case 'read':
        return this.#read(request);
      case 'write':
        return this.#write(request);
      case 'close':
        return this.#close(request.handle);
      case 'fstat':
        this.#asked(`fstat "${this.#handles.name(request.handle)}" (handle ${request.handle})`);
        if (this.#handles.file(request.handle) === null) return this.#status('Failure');
        return this.#asked('sent attrib have 0xf');
      case 'readdir':
        this.#asked(`readdir "${this.#handles.name(request.handle)}" (handle ${request.handle})`);
        if (this.#handles.get(request.handle)?.kind !== 'folder') return this.#status('Failure');
        return this.#asked('sent names count 3');
      case 'fsync':
        this.#verbose(`fsync "${this.#handles.name(request.handle)}"`);
        return this.#status(this.#handles.file(request.handle) === null ? 'No such file' : null);
      case 'opendir':
        this.#info(`opendir "${request.path}"`);
        if (request.fails !== undefined) return this.#status(request.fails);
        return this.#sentHandle(this.#handles.add({ kind: 'folder', name: request.path }));
      case 'stat':
      case 'lstat':
        this.#verbose(`${request.kind} name "${request.path}"`);
        if (request.fails !== undefined) return this.#status(request.fails);
        return this.#asked('sent attrib have 0xf');
      case 'realpath':
      case 'readlink':
        this.#verbose(`${request.kind} "${request.path}"`);
        if (request.fails !== undefined) return this.#status(request.fails);
        return this.#asked('sent names count 1');
      case 'statvfs':
        this.#info(`statvfs "${request.path}"`);
        if (request.fails !== undefined) this.#status(request.fails);
        return;
      case 'remove':
      case 'rmdir':
        return this.#change(request, `${request.kind} name "${request.path}"`);
      case 'mkdir': {
        const mode = request.mode === undefined ? 0o777 : request.mode & 0o7777;
        return this.#change(request, `mkdir name "${request.path}" mode 0${mode.toString(8)}`);
      }
      case 'rename':
      case 'posix-rename':
      case 'symlink':
      case 'hardlink':
        return this.#relate(request);
      case 'setstat':
        this.#asked(`setstat name "${request.path}"`);
        return this.#set(request.path, request.attributes);
      case 'lsetstat':
        this.#asked(`lsetstat name "${request.path}"`);
        if (request.attributes.size !== undefined) return this.#status('Bad message');
        return this.#set(request.path, request.attributes);
      case 'fsetstat': {
        this.#asked(`fsetstat handle ${request.handle}`);
        const file = this.#handles.file(request.handle);
        return file === null ? this.#status('Failure') : this.#set(file.name, request.attributes);
      }
      case 'copy-data':
        return this.#copy(request);
      case 'home-directory':
        return this.#status('Failure');
    }
  }

  /** What sftp-server prints when its client has gone: nothing after a signal, and no closes after fatal(). */
  end(how: 'orderly' | 'fatal' | 'signal'): Line | null {
    if (how === 'signal') return null;
    if (how === 'fatal') {
      this.#print('fatal: process_open: parse: invalid format');
      return null;
    }
    this.#debug('read eof');
    for (const handle of this.#handles.open()) {
      const line = this.#print(
        closing(handle.kind, handle.name, handle.kind === 'file' ? handle.transfer : null, true),
      );
      if (handle.kind === 'file') Object.assign(handle.transfer, { closed: line, forced: true });
    }
    return this.#print(`session closed for local user ${this.#settings.user} from [${this.#settings.ip}]`);
  }

  #open({ path, flags, mode = 0o666, fails }: Of<'open'>): void {
    const named = FLAGS.filter((flag) => flags.includes(flag)).join(',');
    const opened = this.#info(`open "${path}" flags ${named} mode 0${mode.toString(8)}`);
    const changes = canWrite(flags) || flags.includes('CREATE') || flags.includes('TRUNCATE');
    const refused = this.#settings.readOnly && changes ? 'Permission denied' : (fails ?? null);
    if (this.#settings.readOnly && changes) this.#verbose('Refusing open request in read-only mode');
    const none = { sent: 0, received: 0, copiedFrom: 0, copiedTo: 0, errors: 0 };
    const transfer = { path, flags, refused, ...none, opened, closed: null, forced: false };
    this.transfers.push(transfer);
    if (refused === null) this.#sentHandle(this.#handles.add({ kind: 'file', name: path, transfer }));
    else this.#status(refused);
  }

  #read({ handle, bytes, errno }: Of<'read'>): void {
    this.#asked(`read "${this.#handles.name(handle)}" (handle ${handle}) off 0 len ${bytes}`);
    const file = this.#handles.file(handle);
    if (file === null) return this.#status('Failure');
    const wrong = errno ?? (canRead(file.transfer.flags) ? undefined : 'Bad file descriptor');
    if (wrong !== undefined)
      return this.#failed(file.transfer, `process_read: read "${file.name.slice(0, 100)}"`, wrong);
    if (bytes === 0) return this.#debugStatus('End of file');
    file.transfer.sent += bytes;
    this.#asked(`sent data len ${bytes}`);
  }

  #write({ handle, bytes, errno }: Of<'write'>): void {
    this.#asked(`write "${this.#handles.name(handle)}" (handle ${handle}) off 0 len ${bytes}`);
    const file = this.#handles.file(handle);
    if (file === null) return this.#status('Failure');
    const wrong = errno ?? (canWrite(file.transfer.flags) ? undefined : 'Bad file descriptor');
    if (wrong !== undefined) {
      return this.#failed(file.transfer, `process_write: write "${file.name.slice(0, 100)}"`, wrong);
    }
    file.transfer.received += bytes;
    this.#status(null);
  }

  #failed(transfer: TransferTruth, what: Bytes, errno: string): void {
    transfer.errors++;
    this.#print(`error: ${what}: ${errno}`);
    this.#status(STATUS_OF[errno] ?? 'Failure');
  }

  #close(number: number): void {
    const handle = this.#handles.get(number);
    const file = handle?.kind === 'file' ? handle.transfer : null;
    const line = this.#info(closing(file === null ? 'folder' : 'file', this.#handles.name(number), file, false));
    if (file !== null) file.closed = line;
    this.#status(this.#handles.remove(number) ? null : 'No such file');
  }

  #change(request: Of<'remove' | 'rmdir' | 'mkdir'>, text: Bytes): void {
    const { kind: action, path, fails: failed = null } = request;
    this.changes.push({ action, path, failed, serial: this.#serial, line: this.#info(text) });
    this.#status(failed);
  }

  #relate(request: Of<'rename' | 'posix-rename' | 'symlink' | 'hardlink'>): void {
    const { kind, from, to, fails: failed = null } = request;
    const line = this.#info(`${kind} old "${from}" new "${to}"`);
    const paths = kind === 'symlink' ? { path: to, target: from } : { path: from, target: to };
    const action = kind === 'posix-rename' ? 'rename' : kind;
    this.changes.push({ action, ...paths, failed, serial: this.#serial, line });
    this.#status(failed);
  }

  #set(path: Bytes, { size, mode, modtime, owner, refused }: Attributes): void {
    const values = {
      size: size === undefined ? undefined : `size ${size}`,
      mode: mode === undefined ? undefined : `mode ${mode.toString(8).padStart(4, '0')}`,
      modtime: modtime === undefined ? undefined : `modtime ${stampOfModtime(modtime)}`,
      owner: owner && `owner ${owner.uid} group ${owner.gid}`,
    };
    const failed = refused?.attributes.some((name) => values[name] !== undefined) ? refused.status : null;
    for (const [name, text] of Object.entries(values)) {
      if (text === undefined) continue;
      const line = this.#info(`set "${path}" ${text}`);
      const attribute = { name: name as keyof typeof values, value: text.replace(/^\w+ /, '') };
      this.changes.push({ action: 'set', path, attribute, failed, serial: this.#serial, line });
    }
    this.#status(failed);
  }

  /** sftp-server.c, process_extended_copy_data: neither the same handle nor the same name twice. */
  #copy({ from, to, bytes }: Of<'copy-data'>): void {
    const names = [this.#handles.name(from), this.#handles.name(to)];
    this.#asked(
      `copy-data from "${names[0]}" (handle ${from}) off 0 len ${bytes} to "${names[1]}" (handle ${to}) off 0`,
    );
    const [source, sink] = [this.#handles.file(from)?.transfer, this.#handles.file(to)?.transfer];
    if (!source || !sink || from === to || names[0] === names[1]) return this.#status('Failure');
    const where = 'process_extended_copy_data';
    if (!canRead(source.flags)) return this.#failed(source, `${where}: read failed`, 'Bad file descriptor');
    source.copiedFrom += bytes;
    if (!canWrite(sink.flags))
      return this.#failed(sink, `${where}: write failed: 0 != ${bytes}`, 'Bad file descriptor');
    sink.copiedTo += bytes;
    this.#status(null);
  }

  #meant(request: Request): Request {
    const meant = (number: number) => this.#handles.meant(number);
    if (request.kind === 'copy-data') return { ...request, from: meant(request.from), to: meant(request.to) };
    return 'handle' in request ? { ...request, handle: meant(request.handle) } : request;
  }

  /** sftp-server.c, request_permitted: what is refused by its name prints no line of its own. */
  #refuses({ kind }: Request): boolean {
    const { isRefused, line } = this.#isRefused(kind);
    if (!isRefused) return false;
    if (line !== null) {
      const refused = { action: 'refused', path: '', request: kind, failed: 'Permission denied' } as const;
      this.changes.push({ ...refused, serial: this.#serial, line });
    }
    this.#status('Permission denied');
    return true;
  }

  #isRefused(kind: Request['kind']): { isRefused: boolean; line: Line | null } {
    const { readOnly, denied } = this.#settings;
    const why =
      readOnly && WRITES.has(kind)
        ? `Refusing ${kind} request in read-only mode`
        : denied?.includes(kind)
          ? `Refusing denylisted ${kind} request`
          : null;
    return { isRefused: why !== null, line: why === null ? null : this.#verbose(why) };
  }

  #sentHandle(number: number): void {
    this.#asked(`sent handle ${this.#settings.version === '9.2' ? 'handle ' : ''}${number}`);
  }

  #status(refusal: Refusal | null): void {
    if (refusal === null) this.#debugStatus('Success');
    else this.#print(`sent status ${refusal}`);
  }

  /** Replies that are no failure are only told of at DEBUG1. */
  #debugStatus(text: string): void {
    if (RANK[this.#settings.level] >= RANK.DEBUG1) this.#print(`sent status ${text}`);
  }

  #asked(text: Bytes): void {
    this.#debug(`request ${this.#serial}: ${text}`);
  }

  #debug(text: Bytes): void {
    if (RANK[this.#settings.level] >= RANK.DEBUG1) this.#print(`debug1: ${text}`);
  }

  #verbose(text: Bytes): Line | null {
    return RANK[this.#settings.level] >= RANK.VERBOSE ? this.#print(text) : null;
  }

  #info(text: Bytes): Line {
    return this.#print(text);
  }

  #print(text: Bytes): Line {
    const { tag = 'internal-sftp', pid } = this.#settings;
    const message = asLogged(text);
    const cut = escaped(text).length > message.length ? { cut: true as const } : {};
    const line: Line = { at: this.#clock(), source: 'jail', tag, pid, message, ...cut };
    this.lines.push(line);
    return line;
  }
}

function closing(kind: 'file' | 'folder', name: Bytes, file: TransferTruth | null, forced: boolean): Bytes {
  const emphasis = forced ? 'forced ' : '';
  if (kind === 'folder' || file === null) return `${emphasis}closedir "${name}"`;
  const { sent, copiedFrom, received, copiedTo } = file;
  return `${emphasis}close "${name}" bytes read ${sent + copiedFrom} written ${received + copiedTo}`;
}
