import type { Spawned } from './guest.ts';
import { Reader, u32 } from './sftp-bytes.ts';
import { REPLY, REQUEST } from './sftp-codes.ts';
import { parseReply, type Reply } from './sftp-reply.ts';

type Waiting = { resolve(reply: Reply): void; reject(error: Error): void };

/** Packets over a program's stdin and stdout; many requests may be under way at once. */
export class SftpChannel {
  /** Names and versions of the extensions that the server offers. */
  readonly extensions = new Map<string, string>();
  private readonly program: Spawned;
  private readonly waiting = new Map<number, Waiting>();
  private pending = Buffer.alloc(0);
  private number = 0;
  private greeted: Waiting | null = null;
  private ended: Error | null = null;

  constructor(program: Spawned) {
    this.program = program;
    program.process.stdin?.on('error', () => {});
    program.process.stdout?.on('data', (chunk: Buffer) => this.take(chunk));
    void program.done.then((ran) =>
      this.end(new Error(`the session ended, exit status ${ran.exitCode}\n${ran.stderr}`)),
    );
  }

  greet(): Promise<Reply> {
    return new Promise((resolve, reject) => {
      this.greeted = { resolve, reject };
      if (this.ended) reject(this.ended);
      else this.raw(Buffer.concat([Buffer.from([REQUEST.init]), u32(3)]));
    });
  }

  /** Rejects when the session ends before the reply. */
  request(kind: number, ...body: readonly Buffer[]): Promise<Reply> {
    const number = ++this.number;
    return new Promise((resolve, reject) => {
      if (this.ended) return reject(this.ended);
      this.waiting.set(number, { resolve, reject });
      this.raw(Buffer.concat([Buffer.from([kind]), u32(number), ...body]));
    });
  }

  /** Sends a packet's body with its length in front, well-formed or not. */
  raw(packet: Buffer): void {
    this.program.process.stdin?.write(Buffer.concat([u32(packet.length), packet]));
  }

  private take(chunk: Buffer): void {
    this.pending = Buffer.concat([this.pending, chunk]);
    while (this.pending.length >= 4) {
      const length = this.pending.readUInt32BE();
      if (this.pending.length < 4 + length) return;
      const packet = this.pending.subarray(4, 4 + length);
      this.pending = this.pending.subarray(4 + length);
      this.dispatch(packet);
    }
  }

  private dispatch(packet: Buffer): void {
    const reader = new Reader(packet);
    const kind = reader.u8();
    const number = reader.u32();
    if (kind === REPLY.version) {
      while (!reader.done) this.extensions.set(reader.text(), reader.text());
      this.greeted?.resolve({ status: 'ok' });
      return;
    }
    const waiting = this.waiting.get(number);
    this.waiting.delete(number);
    waiting?.resolve(parseReply(kind, reader.rest()));
  }

  private end(why: Error): void {
    this.ended = why;
    this.greeted?.reject(why);
    for (const { reject } of this.waiting.values()) reject(why);
    this.waiting.clear();
  }
}
