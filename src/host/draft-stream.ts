import { closeSync, createWriteStream, fsyncSync, renameSync } from 'node:fs';
import { dirname } from 'node:path';
import { Readable } from 'node:stream';
import { pipeline } from 'node:stream/promises';
import { createGzip } from 'node:zlib';
import { draftOf, openDraft, removeDraft, syncFolder } from './draft.ts';

/** So much is gathered before it is handed on, in characters. */
const PORTION = 1 << 16;

/**
 * Writes lines to a file that only root reads, which is there once all of them are: compressed, where its name ends in .gz.
 */
export async function writeLines(path: string, lines: AsyncIterable<string>): Promise<void> {
  const draft = openDraft(path);
  try {
    const file = createWriteStream('', { fd: draft, autoClose: false });
    const portions = Readable.from(portionsOf(lines));
    await (path.endsWith('.gz') ? pipeline(portions, createGzip(), file) : pipeline(portions, file));
    fsyncSync(draft);
    renameSync(draftOf(path), path);
  } catch (error) {
    removeDraft(path);
    throw error;
  } finally {
    closeSync(draft);
  }
  syncFolder(dirname(path));
}

/** Lines with their ends, some at a time. */
export async function* portionsOf(lines: AsyncIterable<string>): AsyncGenerator<Buffer> {
  let text = '';
  for await (const line of lines) {
    text += `${line}\n`;
    if (text.length < PORTION) continue;
    yield Buffer.from(text);
    text = '';
  }
  if (text !== '') yield Buffer.from(text);
}
