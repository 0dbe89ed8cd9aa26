import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import { EntryReader } from '../../src/log/entry.ts';
import { LONGEST, SFTP_MESSAGES } from '../../src/log/sftp-messages.ts';
import { SSHD_MESSAGES } from '../../src/log/sshd-messages.ts';

const SAMPLES = join(import.meta.dirname, '../samples');

/** The texts that a row of a table matched first, by the folder of the log: as the reader goes through the table. */
type Matched = Map<string, Set<string>>;

const sftp: Matched = new Map();
const sshd: Matched = new Map();

const note = (matched: Matched, row: string, folder: string) => {
  const folders = matched.get(row) ?? new Set();
  matched.set(row, folders.add(folder));
};

function lookUp(text: string, program: 'sftp' | 'sshd', folder: string): void {
  const [, repeated] = /^message repeated \d+ times: \[ (.*)\]$/.exec(text) ?? [];
  if (repeated !== undefined) return lookUp(repeated, program, folder);
  const bytes = Buffer.from(text, 'latin1');
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  const row = SFTP_MESSAGES.find(({ pattern }) => pattern.match(bytes, view, 0, bytes.length));
  if (row && bytes.length < LONGEST) note(sftp, row.text, folder);
  if (program === 'sftp') return;
  const found = SSHD_MESSAGES.find(({ shape }) => shape.test(text));
  if (found) note(sshd, String(found.shape), folder);
}

for (const name of readdirSync(SAMPLES, { recursive: true, encoding: 'utf8' })) {
  if (!name.endsWith('.log')) continue;
  const entry = new EntryReader({ timezone: 'UTC', firstYear: 2026 });
  for (const line of readFileSync(join(SAMPLES, name), 'latin1').split('\n')) {
    const bytes = Buffer.from(line, 'latin1');
    if (line === '' || line.startsWith('#') || !entry.parse(bytes, 0, bytes.length)) continue;
    const { program } = entry;
    if (program !== 'sftp' && program !== 'sshd') continue;
    const text = entry.bytes.toString('latin1', entry.from, entry.to);
    lookUp(text.replace(/ \[(preauth|postauth)\]$/, ''), program, name.split('/')[0] ?? '');
  }
}

describe('every row of a table has a sample', () => {
  test.each(SFTP_MESSAGES.map(({ text }) => text))('sftp-server: %s', (text) => {
    expect([...(sftp.get(text) ?? [])]).not.toEqual([]);
  });

  test.each(SSHD_MESSAGES.map(({ shape }) => String(shape)))('sshd: %s', (shape) => {
    expect([...(sshd.get(shape) ?? [])]).not.toEqual([]);
  });
});
