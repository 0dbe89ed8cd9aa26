import type { Head } from './entry.ts';
import { latin1 } from './latin1.ts';
import { CHANGE_WIDTH, TRANSFER_WIDTH } from './row-shape.ts';
import { SFTP } from './scanner/kinds.ts';
import * as layout from './scanner/layout.ts';
import type { Stretch } from './stretch.ts';

/** Logs at a time: a scanner has tens of megabytes of its own. Two are what a host has, that of its jails and sshd's. */
export const MOST_SCANNED = 2;

/** What the scanner has found in a piece of a log, where it has put it: good as long as the piece. */
export class Scanned {
  /** Where each line begins, and behind the last where it ends. */
  readonly starts: Int32Array;
  /** When it was logged, in seconds since 1970, and its millionths: of a line that is part of a stretch, or has an entry. */
  readonly seconds: Uint32Array;
  readonly micros: Int32Array;
  /** Of which stretch each line is part; less than 0 for one that is to be read for itself. */
  readonly parts: Int32Array;
  /** Lines, in their order: at all others nothing is to be done where every stretch is told at its last line. */
  readonly steps: Int32Array;
  private readonly entries: Int32Array;
  private readonly head: Int32Array;
  private readonly table: Float64Array;
  private readonly transfers: Float64Array;
  private readonly changes: Float64Array;
  private readonly memory: ArrayBufferLike;
  private readonly from: number;
  /** Names that were read, by their number. */
  private readonly hosts: string[] = [];

  constructor(memory: ArrayBufferLike, slot: number) {
    const from = layout.placeOfSlot(slot);
    const doubles = (place: number, width: number, count: number) =>
      new Float64Array(memory, from + place, width * count);
    this.memory = memory;
    this.from = from;
    this.head = new Int32Array(memory, from, layout.HEAD_WIDTH);
    this.starts = new Int32Array(memory, from + layout.STARTS, layout.LINES + 1);
    this.seconds = new Uint32Array(memory, from + layout.SECONDS, layout.LINES);
    this.micros = new Int32Array(memory, from + layout.MICROS, layout.LINES);
    this.parts = new Int32Array(memory, from + layout.PARTS, layout.LINES);
    this.steps = new Int32Array(memory, from + layout.STEPS, layout.LINES);
    this.entries = new Int32Array(memory, from + layout.ENTRIES, layout.ENTRY_WIDTH * layout.LINES);
    this.table = doubles(layout.STRETCH_TABLE, layout.STRETCH_WIDTH, layout.STRETCHES);
    this.transfers = doubles(layout.TRANSFER_TABLE, TRANSFER_WIDTH, layout.REQUESTS);
    this.changes = doubles(layout.CHANGE_TABLE, CHANGE_WIDTH, layout.REQUESTS);
  }

  get lineCount(): number {
    return this.head[layout.LINE_COUNT] as number;
  }

  get stepCount(): number {
    return this.head[layout.STEP_COUNT] as number;
  }

  get stretchCount(): number {
    return this.head[layout.STRETCH_COUNT] as number;
  }

  /** Of what stands at the end of a log without a newline nothing was scanned. */
  get hasLines(): boolean {
    return this.head[layout.END] !== 0;
  }

  /** The piece itself. */
  get bytes(): Buffer {
    return Buffer.from(this.memory, this.from + layout.BYTES, this.head[layout.LENGTH]);
  }

  /** Of a line that is to be read for itself what stands before its message, if it is known. */
  entryHead(line: number): Head | null {
    const { entries } = this;
    const place = layout.READ_TO_MESSAGE - (this.parts[line] as number);
    if (place < 0) return null;
    const at = place * layout.ENTRY_WIDTH;
    return {
      host: this.host(entries[at + layout.ENTRY_HOST] as number),
      program: entries[at + layout.ENTRY_PROGRAM] === SFTP ? 'sftp' : 'sshd',
      pid: entries[at + layout.ENTRY_PID] as number,
      second: this.seconds[line] as number,
      micro: this.micros[line] as number,
      message: entries[at + layout.ENTRY_MESSAGE] as number,
    };
  }

  stretch(place: number): Stretch {
    const { table } = this;
    const at = (field: number): number => table[place * layout.STRETCH_WIDTH + field] as number;
    const flags = at(layout.FLAGS);
    return {
      host: this.host(at(layout.HOST)),
      pid: at(layout.PID),
      firstLine: at(layout.FIRST_LINE),
      lastLine: at(layout.LAST_LINE),
      lineCount: at(layout.LINE_SUM),
      isVerbose: (flags & layout.IS_VERBOSE) !== 0,
      looksBack: (flags & layout.LOOKS_BACK) !== 0,
      looksAhead: (flags & layout.LOOKS_AHEAD) !== 0,
      needsVerbose: (flags & layout.NEEDS_VERBOSE) !== 0,
      isNoise: (flags & layout.IS_NOISE) !== 0,
      transfers: { rows: this.transfers, first: at(layout.TRANSFER_FROM), count: at(layout.TRANSFERS) },
      changes: { rows: this.changes, first: at(layout.CHANGE_FROM), count: at(layout.CHANGES) },
      names: new Uint8Array(this.memory, this.from + layout.NAMES + at(layout.NAMES_FROM), at(layout.NAMES_LENGTH)),
      sums: {
        uploads: at(layout.UPLOADS),
        downloads: at(layout.DOWNLOADS),
        bytesIn: at(layout.BYTES_IN),
        bytesOut: at(layout.BYTES_OUT),
        removed: at(layout.REMOVED),
        unknown: at(layout.UNKNOWN_SUM),
        failed: at(layout.FAILED_SUM),
      },
    };
  }

  private host(place: number): string {
    this.hosts[place] ??= this.readHost(place);
    return this.hosts[place];
  }

  private readHost(place: number): string {
    const bytes = Buffer.from(this.memory, layout.HOSTS + place * layout.HOST_SIZE, layout.HOST_SIZE);
    return latin1(bytes, layout.HOST_NAME, layout.HOST_NAME + bytes.readInt32LE(0));
  }
}
