import { nameOfBoth, waysLeft } from './cut-lines.ts';
import type { EntryReader } from './entry.ts';
import { decodeCutPath, decodePath } from './escape.ts';
import { type Handle, Handles } from './handles.ts';
import { latin1 } from './latin1.ts';
import type { Pattern } from './pattern.ts';
import type { ChangeAction, SessionChange, SetAttributes, Transfer } from './session.ts';
import type { SftpKind, SftpMessage } from './sftp-messages.ts';
import { Tally } from './tally.ts';
import { readSymlink, readTwoPaths, type TwoPaths } from './two-paths.ts';

/**
 * What no request can be answered with that prints no line of its own at VERBOSE, so that these prove that the request
 * before them failed. The silent ones give `Failure` (read, write, fstat, readdir, fstatvfs, fsetstat and copy-data on
 * handles that are none) and `Bad message` (lsetstat with a size).
 */
const PROVES_AT_VERBOSE = new Set(['No such file', 'Permission denied', 'Operation unsupported']);

/** The requests of which DEBUG1 prints a line and no other level does. */
const SILENT = new Set(['read', 'write', 'fstat', 'readdir', 'fstatvfs', 'fsetstat', 'limits', 'copy-data']);

const SET_ORDER = ['setSize', 'setMode', 'setTime', 'setOwner'];

/** What is left of a line's own end after it was cut. */
const TRAILER_LEFT = /"(?: (?:f|b|m)[^"]*)?$/;

type Paths = Pick<Transfer, 'path' | 'pathRaw' | 'pathCut'>;

/**
 * The requests of one run of sftp-server, from its own lines. One process handles one request after the other, and a
 * failure prints its status before the next request prints anything (FACTS: attributing "sent status").
 */
export class Requests {
  readonly transfers: Transfer[] = [];
  readonly changes: SessionChange[] = [];
  readonly tally = new Tally();
  /** How many transfers and changes are counted and not kept. */
  omitted = 0;
  /** A file was still open when the session ended. */
  forced = false;
  private readonly handles: Handles;
  private readonly detail: number;
  private rank = 0;
  /** What it prints: at VERBOSE only requests on handles are silent, at DEBUG1 none is. */
  private level: 'INFO' | 'VERBOSE' | 'DEBUG' = 'INFO';
  /** The request that a status now would be about: an open, or a change. One of the two at least is null. */
  private lastOpen: Handle | null = null;
  private last: SessionChange | null = null;
  /** Of `last`: a request that was refused, if a status says so; sshd prints the same words while it starts. */
  private refusal: SessionChange | null = null;
  /** Of `last`: the path that `set` lines of one request repeat, and the place of the last of them in their order. */
  private setRaw = '';
  /** `set` lines before `last` that can be of the same request: a cut line does not tell. */
  private undecided: SessionChange[] = [];
  private setPlace = -1;
  /** The last four lines, as far as they opened or closed a file: the newest last. */
  private step1: Handle | null = null;
  private step2: Handle | null = null;
  private step3: Handle | null = null;
  private step4: Handle | null = null;
  /** Of each a bit: it was a close. The newest is the lowest. */
  private closes = 0;

  /** @param detail how many transfers and changes are kept. @param hasBeginning these are all requests that there were */
  constructor(detail: number, hasBeginning: boolean) {
    this.detail = detail;
    this.handles = new Handles(hasBeginning);
  }

  /** @param cut the pattern has not matched, because no more than the beginning of the message was logged */
  read({ kind, level, pattern, status }: SftpMessage, entry: EntryReader, cut: boolean): void {
    if (level === 'VERBOSE' && this.level === 'INFO') this.level = 'VERBOSE';
    switch (kind) {
      // Most lines are of this kind: it stands first.
      case 'asked':
        this.next();
        this.step4 = null;
        return;
      case 'open':
        return this.open(entry, pattern, cut);
      case 'close':
        return this.close(entry, pattern, cut, false);
      case 'forcedClose':
        return this.close(entry, pattern, cut, true);
      case 'status':
        return this.status(status ?? '');
      case 'remove':
      case 'rmdir':
      case 'mkdir':
        this.change(entry, kind, pathOf(rawOf(entry, pattern, cut), cut));
        return;
      case 'rename':
      case 'hardlink':
      case 'symlink':
        return this.twoPaths(entry, kind, rawOf(entry, pattern, cut), cut);
      case 'setSize':
      case 'setMode':
      case 'setTime':
      case 'setOwner':
        return this.set(entry, kind, pattern, cut);
      case 'refusing':
        return this.refusing(entry, cut ? '' : pattern.text(entry.bytes, 0));
      case 'ioError':
        return this.ioError(latin1(entry.bytes, entry.from, entry.to));
      case 'copyRequest':
      case 'request':
        return this.request(latin1(entry.bytes, entry.from, entry.to), cut);
      case 'debug':
        this.level = 'DEBUG';
        return;
      default:
        this.next();
        this.interruptSteps();
    }
  }

  /** No line of it will come any more. @param orderly it said so itself, and before that named every file still open */
  end(orderly: boolean): void {
    if (orderly) this.next();
    // Nobody knows whether the last request was done before it died.
    else if (this.last !== null && this.last !== this.refusal)
      for (const change of [this.last, ...this.undecided]) this.settle(change, 'unknown');
    this.last = null;
    this.lastOpen = null;
    for (const { transfer, doubt, cut, reads } of this.handles) {
      if (orderly && doubt !== null && !cut && !transfer.pathCut) fail(transfer, doubt);
      this.tally.transfer(transfer, reads !== null);
    }
  }

  /** Another request has printed its line, so the one before it was done. */
  private next(): void {
    const { last } = this;
    this.lastOpen = null;
    if (last === null) return;
    this.last = null;
    this.setPlace = -1;
    if (last !== this.refusal) this.settle(last, 'completed');
    if (this.undecided.length > 0) for (const set of this.undecided.splice(0)) this.settle(set, 'completed');
  }

  private settle(change: SessionChange, status: SessionChange['status']): void {
    change.status = status;
    this.tally.change(change);
  }

  private keep<Item>(list: Item[], item: Item): void {
    if (this.transfers.length + this.changes.length < this.detail) list.push(item);
    else this.omitted++;
  }

  private open(entry: EntryReader, pattern: Pattern, cut: boolean): void {
    this.next();
    const raw = rawOf(entry, pattern, cut);
    const reads = cut ? null : isFirst(entry.bytes, pattern, READ, 0);
    const writes = cut ? null : isFirst(entry.bytes, pattern, WRITE, reads ? 'READ,'.length : 0);
    const transfer = this.begin(raw, cut, entry.at());
    transfer.direction = reads && !writes ? 'download' : writes && !reads ? 'upload' : 'none';
    const handle = newHandle(transfer, raw, cut, reads, writes);
    this.handles.add(handle);
    this.lastOpen = handle;
    this.step(handle, false);
  }

  private begin(raw: string, cut: boolean, opened: string | null): Transfer {
    const path = pathOf(raw, cut);
    const transfer: Transfer = {
      n: ++this.rank,
      direction: 'none',
      path: path.path,
      bytesRead: null,
      bytesWritten: null,
      status: 'unknown',
      exact: false,
      opened,
      closed: null,
    };
    if (path.pathRaw !== undefined) transfer.pathRaw = path.pathRaw;
    if (path.pathCut) transfer.pathCut = true;
    this.keep(this.transfers, transfer);
    return transfer;
  }

  private step(handle: Handle, isClose: boolean): void {
    this.step1 = this.step2;
    this.step2 = this.step3;
    this.step3 = this.step4;
    this.step4 = handle;
    this.closes = ((this.closes << 1) | (isClose ? 1 : 0)) & 0b1111;
  }

  /** Something else was logged in between. */
  private interruptSteps(): void {
    this.step4 = null;
  }

  private close(entry: EntryReader, pattern: Pattern, cut: boolean, forced: boolean): void {
    this.next();
    const read = cut ? null : pattern.number(entry.bytes, 1);
    const written = cut ? null : pattern.number(entry.bytes, 2);
    // Without an open it was opened before the log began, or its line is lost.
    const handle =
      this.handles.take(
        entry,
        cut ? entry.from + pattern.lead.length : (pattern.starts[0] as number),
        cut ? entry.to : (pattern.ends[0] as number),
        cut,
        read,
        written,
      ) ?? this.unopened(entry, pattern, cut);
    const { transfer } = handle;
    if (transfer.pathCut && !cut) {
      delete transfer.pathCut;
      delete transfer.pathRaw;
      Object.assign(transfer, pathOf(rawOf(entry, pattern, false), false));
    }
    if (handle.cut && this.handles.isCertain) this.recall(handle, entry, pattern, cut);
    transfer.bytesRead = read;
    transfer.bytesWritten = written;
    transfer.exact = !cut;
    transfer.closed = entry.at();
    const moved = byBytes(read, written);
    if (moved !== 'none' && (transfer.direction === 'none' || handle.reads === null)) transfer.direction = moved;
    if (forced) this.forced = true;
    transfer.status = forced || handle.error !== null ? 'partial' : cut ? 'unknown' : 'completed';
    if (handle.error !== null) transfer.error = handle.error;
    // DEBUG1 names every read and write: what was moved without one was copied, and of both the shares are not known.
    if (handle.copied && (read || written)) {
      if (handle.wire) transfer.exact = false;
      else transfer.copy = 'certain';
    }
    // At DEBUG1 a copy has a line.
    if (this.handles.leave(handle) && this.level !== 'DEBUG') this.tally.doubt();
    this.tally.transfer(transfer, handle.reads !== null);
    this.step(handle, true);
    if (this.closes === 0b0011) this.judgeCopy();
  }

  /** A close tells where a name ends of which the open was cut, and so what is left of the flags. */
  private recall(handle: Handle, entry: EntryReader, pattern: Pattern, cut: boolean): void {
    const closed = rawOf(entry, pattern, cut);
    const name = cut ? nameOfBoth(handle.raw, closed) : closed;
    if (name == null) return;
    const { transfer } = handle;
    delete transfer.pathCut;
    delete transfer.pathRaw;
    Object.assign(transfer, pathOf(name, false));
    const ways = waysLeft(handle.raw, name);
    Object.assign(handle, ways);
    if (ways && ways.reads !== ways.writes) transfer.direction = ways.reads ? 'download' : 'upload';
  }

  private unopened(entry: EntryReader, pattern: Pattern, cut: boolean): Handle {
    const raw = rawOf(entry, pattern, cut);
    return newHandle(this.begin(raw, cut, null), raw, cut, null, null);
  }

  /**
   * A copy on the server moves nothing over the wire and prints what a download and an upload would print: open for
   * read, open for write, and two closes with the same number, one right after the other.
   */
  private judgeCopy(): void {
    const { step1, step2, step3, step4 } = this;
    if (!step1 || !step2 || !step3 || !step4) return;
    // By name, because of two handles on one file the log does not tell which was closed. Onto itself sshd copies nothing.
    const isInOrder = step3.raw === step1.raw;
    const [source, copy] = isInOrder ? [step3, step4] : [step4, step3];
    if (source.raw !== step1.raw || copy.raw !== step2.raw || source.raw === copy.raw) return;
    if (!isWholly(source, 'reads') || !isWholly(copy, 'writes')) return;
    if (source.transfer.bytesRead !== copy.transfer.bytesWritten) return;
    for (const { transfer } of [source, copy]) {
      this.tally.untransfer(transfer);
      transfer.copy = 'likely';
      this.tally.transfer(transfer, true);
    }
  }

  private status(text: string): void {
    const { last, lastOpen } = this;
    this.interruptSteps();
    if ((last === null && lastOpen === null) || text === 'End of file') return;
    if (text === 'Success') return this.next();
    this.last = null;
    this.lastOpen = null;
    const isProven = this.level === 'DEBUG' || (this.level === 'VERBOSE' && PROVES_AT_VERBOSE.has(text));
    if (lastOpen !== null) {
      if (!isProven) lastOpen.doubt = text;
      else {
        this.handles.drop(lastOpen);
        fail(lastOpen.transfer, text);
        this.tally.transfer(lastOpen.transfer, true);
      }
    }
    if (last === null) return;
    if (last === this.refusal) {
      if (text !== 'Permission denied') return;
      this.refuse(last);
    }
    // Of several attributes some were set.
    const isWhole = this.undecided.length === 0 && attributeCount(last.set) < 2;
    for (const change of [last, ...this.undecided.splice(0)]) {
      change.error = text;
      this.settle(change, isProven && isWhole ? 'failed' : 'unknown');
    }
  }

  /**
   * What sftp-server prints of a refusal, it prints while it starts too, of what it does not advertise (sftp-server.c,
   * compose_extension): such a line tells of a request only when one was answered so.
   */
  private refuse(refusal: SessionChange): void {
    refusal.n = ++this.rank;
    this.keep(this.changes, refusal);
  }

  private change(entry: EntryReader, action: ChangeAction, paths: TwoPaths): SessionChange {
    this.next();
    this.interruptSteps();
    const { path, pathRaw, pathCut, target, readings } = paths;
    const change: SessionChange = { n: ++this.rank, at: entry.at(), action, path, status: 'unknown' };
    if (pathRaw !== undefined) change.pathRaw = pathRaw;
    if (pathCut) change.pathCut = pathCut;
    if (target !== undefined) change.target = target;
    if (readings) change.readings = readings;
    this.keep(this.changes, change);
    this.last = change;
    return change;
  }

  private twoPaths(entry: EntryReader, kind: 'rename' | 'hardlink' | 'symlink', raw: string, cut: boolean): void {
    const paths = kind === 'symlink' ? readSymlink(raw, cut) : readTwoPaths(raw, cut);
    this.change(entry, kind, paths ?? { path: null });
  }

  /** Up to four lines of one request, in one order: size, mode, modtime, owner. */
  private set(entry: EntryReader, kind: SftpKind, pattern: Pattern, cut: boolean): void {
    const raw = rawOf(entry, pattern, cut);
    const place = SET_ORDER.indexOf(kind);
    const { last } = this;
    const isOfSet = last !== null && last.set !== undefined;
    const goesOn = isOfSet && !cut && this.setPlace >= 0 && place > this.setPlace && raw === this.setRaw;
    const mayGoOn = isOfSet && !goesOn && (cut || this.setPlace < 0);
    const earlier = mayGoOn ? [...this.undecided.splice(0), last] : [];
    if (mayGoOn) this.last = null;
    const change = goesOn ? last : this.change(entry, 'set', pathOf(raw, cut));
    if (earlier.length > 0) this.undecided.push(...earlier);
    change.set ??= {};
    if (!cut) setAttribute(change.set, kind, pattern, entry.bytes);
    this.setRaw = raw;
    this.setPlace = cut ? -1 : place;
  }

  private refusing(entry: EntryReader, request: string): void {
    if (request === '') return this.next();
    // It is the open just logged, and the status will say so.
    if (this.lastOpen !== null && request === 'open') return;
    this.next();
    this.interruptSteps();
    this.refusal = { n: 0, at: entry.at(), action: 'refused', path: null, request, status: 'unknown' };
    this.last = this.refusal;
  }

  private ioError(text: string): void {
    this.next();
    this.interruptSteps();
    const [, name, reason] = /^error: process_\w+: (?:read|write|seek) "(.*)": (.*)$/.exec(text) ?? [];
    // A name of 100 bytes is the beginning of one, and an older sshd prints none.
    for (const handle of this.handles)
      if (name === undefined || handle.raw === name || (name.length >= 100 && handle.raw.startsWith(name)))
        handle.error ??= reason ?? text.replace(/^error: /, '');
  }

  /** What DEBUG1 tells of requests that print nothing else. */
  private request(text: string, cut: boolean): void {
    this.level = 'DEBUG';
    const [, verb, rest = ''] = /^debug1: request \d+: ([\w-]+)(?: (.*))?$/s.exec(text) ?? [];
    // An open that has its handle was not refused, whatever is sent after it.
    if (verb === 'sent' && rest.startsWith('handle ')) this.next();
    if (verb === undefined || !SILENT.has(verb)) return;
    this.next();
    this.interruptSteps();
    for (const handle of this.handles) {
      if (verb === 'copy-data' && (cut || namesInCopy(rest, handle))) {
        handle.copied = true;
        // A line that was cut does not name both: some of it may have been copied.
        if (cut) handle.wire = true;
      }
      if ((verb === 'read' || verb === 'write') && (cut || mayName(rest, handle))) handle.wire = true;
    }
  }
}

const newHandle = (
  transfer: Transfer,
  raw: string,
  cut: boolean,
  reads: boolean | null,
  writes: boolean | null,
): Handle => ({
  transfer,
  raw,
  cut,
  reads,
  writes,
  doubt: null,
  error: null,
  copied: false,
  wire: false,
  besideRead: false,
  besideWritten: false,
});

/** The path as escaped; of a line that was cut all that follows the opening quote. */
const rawOf = (entry: EntryReader, pattern: Pattern, cut: boolean): string =>
  cut ? latin1(entry.bytes, entry.from + pattern.lead.length, entry.to) : pattern.text(entry.bytes, 0);

const [READ, WRITE] = [0x52, 0x57];

/** sftp-server prints READ, then WRITE, then all others: their first letters tell. */
const isFirst = (bytes: Buffer, { starts, ends }: Pattern, letter: number, skip: number): boolean =>
  (starts[1] as number) + skip < (ends[1] as number) && bytes[(starts[1] as number) + skip] === letter;

const pathOf = (raw: string, cut: boolean): Paths =>
  cut ? { ...decodeCutPath(raw.replace(TRAILER_LEFT, '')), pathCut: true } : decodePath(raw);

const mayName = (rest: string, { raw, cut }: Handle): boolean => cut || rest.startsWith(`"${raw}" (handle `);

const namesInCopy = (rest: string, { raw, cut }: Handle): boolean =>
  cut || rest.startsWith(`from "${raw}" (handle `) || rest.includes(` to "${raw}" (handle `);

function fail(transfer: Transfer, error: string): void {
  transfer.status = 'failed';
  transfer.error = error;
  transfer.bytesRead = 0;
  transfer.bytesWritten = 0;
  transfer.exact = true;
}

/** Whether a handle was opened for one way and moved bytes that way alone, from open to close. */
function isWholly({ transfer, reads, writes }: Handle, way: 'reads' | 'writes'): boolean {
  const [moved, other] = [transfer.bytesRead, transfer.bytesWritten];
  const isOneWay =
    way === 'reads' ? reads && !writes && other === 0 && moved : writes && !reads && moved === 0 && other;
  return Boolean(isOneWay) && transfer.status === 'completed' && transfer.copy === undefined;
}

const byBytes = (read: number | null, written: number | null): Transfer['direction'] =>
  read && written ? 'both' : read ? 'download' : written ? 'upload' : 'none';

/** An owner is one attribute of two numbers. */
const attributeCount = (set: SetAttributes = {}): number => Object.keys(set).length - (set.gid === undefined ? 0 : 1);

function setAttribute(set: SetAttributes, kind: SftpKind, pattern: Pattern, bytes: Buffer): void {
  if (kind === 'setSize') set.size = pattern.number(bytes, 1);
  else if (kind === 'setMode') set.mode = pattern.text(bytes, 1);
  else if (kind === 'setOwner') {
    set.uid = pattern.number(bytes, 1);
    set.gid = pattern.number(bytes, 2);
  } else {
    const time = pattern.text(bytes, 1);
    set.modtime = `${time.slice(0, 4)}-${time.slice(4, 6)}-${time.slice(6, 8)}T${time.slice(9)}Z`;
  }
}
