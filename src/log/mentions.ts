/** Where a user is named in a log, found without reading the lines in between. */
export class Mentions {
  private readonly needles: readonly Buffer[];
  private bytes: Buffer = Buffer.alloc(0);
  /** Of each needle the next place in `bytes`. */
  private places: number[] = [];

  /** The words of sftp-server and of sshd around a user's name at a session's beginning and end. */
  constructor(user: string) {
    this.needles = [` user ${user} `, ` for ${user} from `].map((words) => Buffer.from(words, 'latin1'));
  }

  /** @returns the first place at or after `from`, Infinity where there is none */
  next(bytes: Buffer, from: number): number {
    if (bytes !== this.bytes) {
      this.bytes = bytes;
      this.places = this.needles.map(() => -1);
    }
    let first = Infinity;
    for (let index = 0; index < this.needles.length; index++) {
      let place = this.places[index] as number;
      if (place < from) {
        place = bytes.indexOf(this.needles[index] as Buffer, from);
        if (place < 0) place = Infinity;
        this.places[index] = place;
      }
      if (place < first) first = place;
    }
    return first;
  }
}
