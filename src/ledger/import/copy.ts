import { EventEmitter } from 'node:events';
import type { Connection, Submittable } from 'pg';
import type { Values } from './bulk.ts';

/** So many characters are sent in one message. */
const PORTION = 1 << 18;

/** What pg's connection has beyond its types. */
interface CopyConnection {
  query(text: string): void;
  sendCopyFromChunk(chunk: Buffer): void;
  endCopyFrom(): void;
  sendCopyFail(reason: string): void;
}

/**
 * COPY ... FROM STDIN of rows that are at hand, in the text format of PostgreSQL. Emits `end` once the server has taken
 * them, `error` where it has not.
 */
export class Copy extends EventEmitter implements Submittable {
  private readonly statement: string;
  private readonly rows: Iterable<Values>;

  constructor(statement: string, rows: Iterable<Values>) {
    super();
    this.statement = statement;
    this.rows = rows;
  }

  submit(connection: Connection): void {
    (connection as unknown as CopyConnection).query(this.statement);
  }

  handleCopyInResponse(connection: CopyConnection): void {
    let text = '';
    for (const row of this.rows) {
      text += `${row.map(copyText).join('\t')}\n`;
      if (text.length < PORTION) continue;
      connection.sendCopyFromChunk(Buffer.from(text));
      text = '';
    }
    if (text !== '') connection.sendCopyFromChunk(Buffer.from(text));
    connection.endCopyFrom();
  }

  handleError(error: Error): void {
    this.emit('error', error);
  }

  handleReadyForQuery(): void {
    this.emit('end');
  }

  handleCommandComplete(): void {}
}

const ESCAPES: Readonly<Record<string, string>> = { '\\': '\\\\', '\t': '\\t', '\n': '\\n', '\r': '\\r' };

/** A value in a line of COPY's text format. */
export function copyText(value: Values[number]): string {
  if (value === null) return '\\N';
  if (typeof value === 'number') return String(value);
  if (typeof value !== 'string') return `\\\\x${Buffer.from(value).toString('hex')}`;
  return /[\\\t\n\r]/.test(value) ? value.replace(/[\\\t\n\r]/g, (found) => ESCAPES[found] as string) : value;
}
