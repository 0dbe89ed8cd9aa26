import { openSearchRoom, type SearchRoom } from './search-room.ts';

/** The words of sftp-server and of sshd around a user's name, at a session's beginning and end. */
const AROUND = [
  [' user ', ' '],
  [' for ', ' from '],
] as const;

interface Words {
  before: Buffer;
  after: Buffer;
}

/** Where a user is named in a log, found without reading the lines in between. */
export class Mentions {
  readonly user: string;
  private readonly words: readonly Words[];
  /** To search for this alone, and then to look around, is quicker than to search for all of the words. */
  private readonly needle: Buffer;
  /** Of a mention, in bytes. */
  readonly longest: number;
  private bytes: Buffer = Buffer.alloc(0);
  private quick: SearchRoom | null = null;
  /** The next in `bytes`. */
  private place = -1;

  constructor(user: string) {
    this.user = user;
    this.needle = Buffer.from(`${user} `, 'latin1');
    this.words = AROUND.map(([before, after]) => ({
      before: Buffer.from(before),
      after: Buffer.from(`${user}${after}`, 'latin1'),
    }));
    this.longest = Math.max(...this.words.map(({ before, after }) => before.length + after.length));
  }

  /** Memory for bytes that are searched in a fraction of the time, where there is such; that of the last call is in use. */
  room(size: number): Buffer {
    // A name ends in a letter or a digit, where the word that is searched for has a space behind it.
    this.quick = openSearchRoom(this.needle, Math.max(0, this.needle.length - 2), size);
    return this.quick?.bytes ?? Buffer.allocUnsafeSlow(size);
  }

  /** @returns the first place at or after `from`, Infinity where there is none */
  next(bytes: Buffer, from: number): number {
    if (bytes !== this.bytes) {
      this.bytes = bytes;
      this.place = -1;
    }
    if (this.place < from) this.place = this.search(from);
    return this.place;
  }

  private search(from: number): number {
    const { bytes, words } = this;
    for (let name = this.find(from); name >= 0; name = this.find(name + 1))
      for (const { before, after } of words) {
        const place = name - before.length;
        if (place >= from && isAt(bytes, before, place) && isAt(bytes, after, name)) return place;
      }
    return Infinity;
  }

  private find(from: number): number {
    const { bytes, needle, quick } = this;
    return quick?.holds(bytes) ? quick.indexOf(bytes, from) : bytes.indexOf(needle, from);
  }
}

const isAt = (bytes: Buffer, words: Buffer, at: number): boolean =>
  words.length <= bytes.length - at && words.compare(bytes, at, at + words.length) === 0;
