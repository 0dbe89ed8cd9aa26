import { attributeCount, ChangeRecord, setAttribute } from './change-record.ts';
import { ChangeRows } from './change-rows.ts';
import { nameOfBoth, waysLeft } from './cut-lines.ts';
import type { EntryReader } from './entry.ts';
import { Handle } from './handle.ts';
import { Handles } from './handles.ts';
import { LastSteps } from './last-steps.ts';
import { latin1 } from './latin1.ts';
import { Names, type RawName } from './names.ts';
import { readPath } from './paths.ts';
import type { Pattern } from './pattern.ts';
import type { ChangeAction, Touch, Transfer } from './session.ts';
import type { SftpKind, SftpMessage } from './sftp-messages.ts';
import { type Stamp, stampTextOrNull } from './stamp.ts';
import type { Stretch } from './stretch.ts';
import { Tally } from './tally.ts';
import { TransferRows } from './transfer-rows.ts';

/**
 * What no request can be answered with that prints no line of its own at VERBOSE, so that these prove that the request
 * before them failed. The silent ones give `Failure` (read, write, fstat, readdir, fstatvfs, fsetstat and copy-data on
 * handles that are none) and `Bad message` (lsetstat with a size).
 */
export const PROVES_AT_VERBOSE = new Set(['No such file', 'Permission denied', 'Operation unsupported']);

/** The requests of which DEBUG1 prints a line and no other level does. */
const SILENT = new Set(['read', 'write', 'fstat', 'readdir', 'fstatvfs', 'fsetstat', 'limits', 'copy-data']);

/** Bytes of names: a handle that stays open holds on to so many. */
const MOST_PASSING = 4000;

const SET_ORDER = ['setSize', 'setMode', 'setTime', 'setOwner'];

/** Told of requests as their lines are read. */
export interface Live {
  onUpload?(handle: Handle): void;
  /** @param n the rank of what did it */
  onTouch?(touch: Touch, n: number, at: string | null, raw: string): void;
}

/**
 * The requests of one run of sftp-server, from its own lines. One process handles one request after the other, and a
 * failure prints its status before the next request prints anything (sftp-server.c, send_status).
 */
export class Requests {
  private readonly names = new Names();
  readonly transfers = new TransferRows(this.names);
  readonly changes = new ChangeRows(this.names);
  readonly tally = new Tally();
  /** How many transfers and changes are counted and not kept. */
  omitted = 0;
  /** A file was still open when the session ended. */
  forced = false;
  private readonly handles: Handles;
  private unkept: Names | null = null;
  private readonly steps = new LastSteps();
  private readonly detail: number;
  private readonly live: Live | null;
  /** An upload that the next line can show to be a copy on the server. */
  private doubtful: Handle | null = null;
  private rank = 0;
  /** What it prints: at VERBOSE only requests on handles are silent, at DEBUG1 none is. */
  private level: 'INFO' | 'VERBOSE' | 'DEBUG' = 'INFO';
  /** The request that a status now would be about: an open, or a change. One of the two at least is null. */
  private lastOpen: Handle | null = null;
  private last: ChangeRecord | null = null;
  /** Of `last`: a request that was refused, if a status says so; sshd prints the same words while it starts. */
  private refusal: ChangeRecord | null = null;
  /** `set` lines before `last` that can be of the same request: a cut line does not tell. */
  private undecided: ChangeRecord[] = [];
  /** Of `last`: the place of the last of its `set` lines in their order, -1 where it is not known. */
  private setPlace = -1;

  /** @param detail how many transfers and changes are kept. @param hasBeginning these are all requests that there were */
  constructor(detail: number, hasBeginning: boolean, live: Live | null) {
    this.detail = detail;
    this.live = live;
    this.handles = new Handles(hasBeginning);
  }

  /** @param cut the pattern has not matched, because no more than the beginning of the message was logged */
  read(message: SftpMessage, entry: EntryReader, cut: boolean): void {
    const { doubtful } = this;
    this.take(message, entry, cut);
    if (doubtful === null) return;
    this.doubtful = this.doubtful === doubtful ? null : this.doubtful;
    this.tellUpload(doubtful);
  }

  /** Whether a stretch can be told at once: nothing is left that its lines could change, and it says all that is asked for. */
  canTell({ looksBack, needsVerbose, transfers, changes }: Stretch): boolean {
    if (this.live !== null || this.level === 'DEBUG') return false;
    if (needsVerbose && this.level !== 'VERBOSE') return false;
    if (looksBack && (this.last !== null || this.lastOpen !== null)) return false;
    if (transfers.count > 0 && !this.handles.isNone) return false;
    const left = this.detail - this.transfers.length - this.changes.length;
    return left <= 0 || transfers.count + changes.count <= left;
  }

  tell({ isVerbose, transfers, changes, names, sums }: Stretch): void {
    this.next();
    this.steps.interrupt();
    if (isVerbose && this.level === 'INFO') this.level = 'VERBOSE';
    this.tally.stretch(sums);
    const count = transfers.count + changes.count;
    if (this.transfers.length + this.changes.length >= this.detail) this.omitted += count;
    else if (count > 0) {
      const place = this.names.append(names);
      this.transfers.append(transfers, this.rank, place);
      this.changes.append(changes, this.rank, place);
    }
    this.rank += count;
  }

  private take({ kind, level, pattern, status }: SftpMessage, entry: EntryReader, cut: boolean): void {
    if (level === 'VERBOSE' && this.level === 'INFO') this.level = 'VERBOSE';
    switch (kind) {
      // Most lines are of this kind: it stands first.
      case 'asked':
        this.next();
        return this.steps.interrupt();
      case 'open':
        return this.open(entry, pattern, cut);
      case 'close':
        return this.close(entry, pattern, cut, false);
      case 'forcedClose':
        return this.close(entry, pattern, cut, true);
      case 'status':
        return this.status(status);
      case 'remove':
      case 'rmdir':
      case 'mkdir':
      case 'rename':
      case 'hardlink':
      case 'symlink':
        this.change(entry, kind, pattern, cut);
        return;
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
        this.steps.interrupt();
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
    if (this.doubtful !== null) this.tellUpload(this.doubtful);
    this.doubtful = null;
    for (const handle of this.handles) {
      const { doubt, cut, isPathCut } = handle;
      if (orderly && doubt !== null && !cut && !isPathCut) handle.fail(doubt);
      this.tellHandle(handle, handle.reads !== null);
    }
  }

  /** Of a handle no more will be known. */
  private tellHandle(handle: Handle, isWayKnown: boolean): void {
    this.tally.transfer(handle, isWayKnown);
    if (handle.place >= 0) this.transfers.put(handle.place, handle);
  }

  /** What is kept was told, and is not read any more. */
  release(): void {
    this.transfers.release();
    this.changes.release();
    this.names.release();
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

  private settle(change: ChangeRecord, status: ChangeRecord['status']): void {
    change.status = status;
    this.tally.change(change);
    if (change.place >= 0) this.changes.put(change.place, change);
  }

  /** @returns the place of one more, -1 where there are as many as are kept */
  private place(list: TransferRows | ChangeRows): number {
    if (this.transfers.length + this.changes.length < this.detail) return list.add();
    this.omitted++;
    return -1;
  }

  private open(entry: EntryReader, pattern: Pattern, cut: boolean): void {
    this.next();
    const reads = cut ? null : isFirst(entry.bytes, pattern, READ, 0);
    const writes = cut ? null : isFirst(entry.bytes, pattern, WRITE, reads ? 'READ,'.length : 0);
    const handle = this.begin(entry, pattern, cut, entry.stamp(), reads, writes);
    const forgotten = this.handles.add(handle);
    if (forgotten !== null && forgotten.place >= 0) this.transfers.put(forgotten.place, forgotten);
    this.lastOpen = handle;
    this.steps.add(handle, false);
  }

  private begin(
    entry: EntryReader,
    pattern: Pattern,
    cut: boolean,
    opened: Stamp | null,
    reads: boolean | null,
    writes: boolean | null,
  ): Handle {
    const place = this.place(this.transfers);
    return new Handle(
      ++this.rank,
      place,
      this.nameIn(entry, pattern, cut, place),
      cut,
      opened,
      reads,
      writes,
      entry.evidence,
    );
  }

  /** Where names are that are not kept: it is left behind, piece by piece, to those that still are needed. */
  private passing(): Names {
    if (this.unkept === null || this.unkept.length > MOST_PASSING) this.unkept = new Names();
    return this.unkept;
  }

  private nameIn(entry: EntryReader, pattern: Pattern, cut: boolean, place: number): RawName {
    const [from, to] = [nameStart(entry, pattern, cut), nameEnd(entry, pattern, cut)];
    return (place >= 0 ? this.names : this.passing()).keep(entry.view, from, to);
  }

  private close(entry: EntryReader, pattern: Pattern, cut: boolean, forced: boolean): void {
    this.next();
    const { bytes } = entry;
    const [from, to] = [nameStart(entry, pattern, cut), nameEnd(entry, pattern, cut)];
    const read = cut ? null : pattern.number(bytes, 1);
    const written = cut ? null : pattern.number(bytes, 2);
    // Without an open it was opened before the log began, or its line is lost.
    const handle =
      this.handles.take(entry, from, to, cut, read, written) ?? this.begin(entry, pattern, cut, null, null, null);
    if (handle.paths !== null) this.nameWhole(handle, latin1(bytes, from, to), cut);
    handle.bytesRead = read;
    handle.bytesWritten = written;
    handle.exact = !cut;
    handle.closed = entry.stamp();
    handle.evidence = entry.evidence;
    const moved = byBytes(read, written);
    if (moved !== 'none' && (handle.direction === 'none' || handle.reads === null)) handle.direction = moved;
    if (forced) this.forced = true;
    handle.status = forced || handle.trouble !== null ? 'partial' : cut ? 'unknown' : 'completed';
    if (handle.trouble !== null) handle.error = handle.trouble;
    // DEBUG1 names every read and write: what was moved without one was copied, and of both the shares are not known.
    if (handle.copied && (read || written)) {
      if (handle.wire) handle.exact = false;
      else handle.copy = 'certain';
    }
    // At DEBUG1 a copy has a line.
    if (this.handles.leave(handle) && this.level !== 'DEBUG') this.tally.doubt();
    this.tellHandle(handle, handle.reads !== null);
    this.steps.add(handle, true);
    this.judgeCopy();
    if (this.live !== null) this.tellClose(handle, cut ? null : latin1(bytes, from, to));
  }

  private tellClose(handle: Handle, name: string | null): void {
    const raw = name ?? (handle.cut ? null : handle.raw.text);
    if (handle.writes !== false && raw !== null)
      this.live?.onTouch?.('closed', handle.n, stampTextOrNull(handle.closed), raw);
    if (this.live?.onUpload === undefined) return;
    if (this.steps.canBecomeCopy) this.doubtful = handle;
    else this.tellUpload(handle);
  }

  private tellUpload(handle: Handle): void {
    const { direction, status, copy } = handle;
    if (direction === 'upload' && status === 'completed' && copy === undefined) this.live?.onUpload?.(handle);
  }

  /** A close tells where a name ends of which the open was cut, and so what is left of the flags. */
  private nameWhole(handle: Handle, closed: string, cut: boolean): void {
    if (handle.isPathCut && !cut) handle.paths = readPath(closed, false);
    if (!handle.cut || !this.handles.isCertain) return;
    const opened = handle.raw.text;
    const name = cut ? nameOfBoth(opened, closed) : closed;
    if (name == null) return;
    handle.paths = readPath(name, false);
    const ways = waysLeft(opened, name);
    Object.assign(handle, ways);
    if (ways && ways.reads !== ways.writes) handle.direction = ways.reads ? 'download' : 'upload';
  }

  private judgeCopy(): void {
    const copy = this.steps.copy();
    if (copy === null) return;
    for (const handle of copy) {
      this.tally.untransfer(handle);
      handle.copy = 'likely';
      this.tellHandle(handle, true);
    }
  }

  private status(text: string): void {
    const { last, lastOpen } = this;
    this.steps.interrupt();
    if ((last === null && lastOpen === null) || text === 'End of file') return;
    if (text === 'Success') return this.next();
    this.last = null;
    this.lastOpen = null;
    const isProven = this.level === 'DEBUG' || (this.level === 'VERBOSE' && PROVES_AT_VERBOSE.has(text));
    if (lastOpen !== null) {
      if (!isProven) lastOpen.doubt = text;
      else {
        this.handles.drop(lastOpen);
        lastOpen.fail(text);
        this.tellHandle(lastOpen, true);
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
  private refuse(refusal: ChangeRecord): void {
    refusal.n = ++this.rank;
    refusal.place = this.place(this.changes);
  }

  private change(entry: EntryReader, action: ChangeAction, pattern: Pattern, cut: boolean): ChangeRecord {
    this.next();
    this.steps.interrupt();
    const place = this.place(this.changes);
    const raw = this.nameIn(entry, pattern, cut, place);
    const change = new ChangeRecord(++this.rank, entry.stamp(), action, raw, cut, entry.evidence);
    change.place = place;
    this.last = change;
    if (this.live !== null && !cut) {
      if (action === 'mkdir') this.tellTouch('made', change);
      else if (action === 'rename') this.tellTouch('renamed', change);
    }
    return change;
  }

  private tellTouch(touch: Touch, { n, at, raw }: ChangeRecord): void {
    if (raw !== null) this.live?.onTouch?.(touch, n, stampTextOrNull(at), raw.text);
  }

  /** Up to four lines of one request, in one order: size, mode, modtime, owner. */
  private set(entry: EntryReader, kind: SftpKind, pattern: Pattern, cut: boolean): void {
    const place = SET_ORDER.indexOf(kind);
    const { last } = this;
    const isOfSet = last !== null && last.set !== null;
    const isNext = isOfSet && !cut && this.setPlace >= 0 && place > this.setPlace;
    const goesOn =
      isNext && last.raw?.isAt(entry.view, nameStart(entry, pattern, cut), nameEnd(entry, pattern, cut)) === true;
    const mayGoOn = isOfSet && !goesOn && (cut || this.setPlace < 0);
    const earlier = mayGoOn ? [...this.undecided.splice(0), last] : [];
    if (mayGoOn) this.last = null;
    const change = goesOn ? last : this.change(entry, 'set', pattern, cut);
    if (earlier.length > 0) this.undecided.push(...earlier);
    change.set ??= {};
    if (!cut) setAttribute(change.set, kind, pattern, entry.bytes);
    this.setPlace = cut ? -1 : place;
    if (this.live !== null && !cut && kind === 'setMode') this.tellTouch('remoded', change);
  }

  private refusing(entry: EntryReader, request: string): void {
    if (request === '') return this.next();
    // It is the open just logged, and the status will say so.
    if (this.lastOpen !== null && request === 'open') return;
    this.next();
    this.steps.interrupt();
    this.refusal = new ChangeRecord(0, entry.stamp(), 'refused', null, false, entry.evidence);
    this.refusal.request = request;
    this.last = this.refusal;
  }

  private ioError(text: string): void {
    this.next();
    this.steps.interrupt();
    const [, name, reason] = /^error: process_\w+: (?:read|write|seek) "(.*)": (.*)$/.exec(text) ?? [];
    // A name of 100 bytes is the beginning of one, and an older sshd prints none.
    for (const handle of this.handles) {
      const { text: raw } = handle.raw;
      if (name === undefined || raw === name || (name.length >= 100 && raw.startsWith(name)))
        handle.trouble ??= reason ?? text.replace(/^error: /, '');
    }
  }

  /** What DEBUG1 tells of requests that print nothing else. */
  private request(text: string, cut: boolean): void {
    this.level = 'DEBUG';
    const [, verb, rest = ''] = /^debug1: request \d+: ([\w-]+)(?: (.*))?$/s.exec(text) ?? [];
    // An open that has its handle was not refused, whatever is sent after it.
    if (verb === 'sent' && rest.startsWith('handle ')) this.next();
    if (verb === undefined || !SILENT.has(verb)) return;
    this.next();
    this.steps.interrupt();
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

/** Where the name begins in a line, and where it ends; of one that was cut it is all that follows the opening quote. */
const nameStart = (entry: EntryReader, { lead, starts }: Pattern, cut: boolean): number =>
  cut ? entry.from + lead.length : (starts[0] as number);
const nameEnd = (entry: EntryReader, { ends }: Pattern, cut: boolean): number => (cut ? entry.to : (ends[0] as number));

const [READ, WRITE] = [0x52, 0x57];

/** sftp-server prints READ, then WRITE, then all others: their first letters tell. */
const isFirst = (bytes: Buffer, { starts, ends }: Pattern, letter: number, skip: number): boolean =>
  (starts[1] as number) + skip < (ends[1] as number) && bytes[(starts[1] as number) + skip] === letter;

const mayName = (rest: string, { raw, cut }: Handle): boolean => cut || rest.startsWith(`"${raw.text}" (handle `);

const namesInCopy = (rest: string, { raw, cut }: Handle): boolean =>
  cut || rest.startsWith(`from "${raw.text}" (handle `) || rest.includes(` to "${raw.text}" (handle `);

const byBytes = (read: number | null, written: number | null): Transfer['direction'] =>
  read && written ? 'both' : read ? 'download' : written ? 'upload' : 'none';
