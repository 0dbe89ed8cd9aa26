import * as changes from './change-rows.ts';
import { WORD_BYTES, WORDS } from './row-json/words.ts';
import { SENT_STATUSES } from './sftp-messages.ts';
import * as transfers from './transfer-rows.ts';

/** For each word the bytes between two fields, with it in the middle. */
const around = (before: string, words: readonly string[], after: string): string[] =>
  words.map((word) => `${before}${word}${after}`);

/** In the order of their numbers in row-json/words.ts. */
const TEXTS = [
  ...['{"n":', ',{"n":', '","bytesRead":', ',"bytesWritten":', ',"closed":', ',"at":', ',"target":"', '"', ',"set":'],
  ...['}', 'null'],
  ...around(',"direction":"', transfers.DIRECTIONS, '","path":"'),
  ...around(',"status":"', transfers.STATUSES, '","exact":true,"opened":'),
  ...around(',"status":"', transfers.STATUSES, '","exact":false,"opened":'),
  ...around(',"action":"', changes.ACTIONS, '","path":"'),
  ...around('","status":"', changes.STATUSES, '"'),
  ...around(',"error":"', SENT_STATUSES, '"'),
];

/** Writes the words of rows into the memory of a program that writes rows as JSON. */
export function writeWords(memory: ArrayBufferLike): void {
  const bytes = Buffer.from(memory);
  let next = WORD_BYTES;
  for (const [number, text] of TEXTS.entries()) {
    bytes.writeInt32LE(next, WORDS + 8 * number);
    bytes.writeInt32LE(text.length, WORDS + 8 * number + 4);
    bytes.write(text, next, 'latin1');
    next += 8 * Math.ceil(text.length / 8);
  }
}
