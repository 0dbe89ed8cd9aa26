import { type LogFile, openLogFile, type Reading } from './log-file.ts';
import { Tail } from './tail.ts';

const READING: Reading = { warn: () => {} };

/** What arrives in a log from now on, through its rotation, also where it is yet to be made. */
export class Arrivals {
  private readonly path: string;
  private file: LogFile | null;
  private tail: Tail | null;

  private constructor(path: string, file: LogFile | null) {
    this.path = path;
    this.file = file;
    this.tail = file && new Tail(file, READING, file.size ?? 0);
  }

  static async open(path: string): Promise<Arrivals> {
    return new Arrivals(path, await openLogFile(path, READING));
  }

  /** Whole lines that have come since the last call. */
  async more(): Promise<string> {
    if (this.tail === null) {
      this.file = await openLogFile(this.path, READING);
      this.tail = this.file && new Tail(this.file, READING);
    }
    let text = '';
    for (;;) {
      const piece = (await this.tail?.more()) ?? Buffer.alloc(0);
      if (piece.length === 0) return text;
      text += piece.toString('latin1');
    }
  }

  async close(): Promise<void> {
    await this.tail?.close();
    await this.file?.close();
  }
}
