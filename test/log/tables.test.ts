import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { ACTIONS, ERRORS, STATUSES } from '../../src/log/change-rows.ts';
import { EntryReader } from '../../src/log/entry.ts';
import { findSshd } from '../../src/log/find-sshd.ts';
import * as shape from '../../src/log/row-shape.ts';
import { LONGEST, SFTP_MESSAGES } from '../../src/log/sftp-messages.ts';
import { FREQUENT_NOISE, SSHD_MESSAGES, type SshdMessage } from '../../src/log/sshd-messages.ts';
import { DIRECTIONS, STATUSES as TRANSFER_STATUSES } from '../../src/log/transfer-rows.ts';
import { runs } from './runs.ts';

const SAMPLES = join(import.meta.dirname, '../samples');

const REAL = ['debian12', 'debian13', 'published'];

/** Read in the source and never seen in a log: `from-source/` holds what they would look like. */
const ONLY_FROM_SOURCE = [
  'sent status No connection',
  'sent status Connection lost',
  'sent status Unknown error',
  'error: Malformed SSH_CONNECTION{any}',
  'error: {any}',
  'debug2: {any}',
];

/** The folders of the logs in which a row of a table was the first to match. */
type Matched = Map<string, Set<string>>;

const sftp: Matched = new Map();
const sshd: Matched = new Map();

const note = (matched: Matched, row: string, folder: string) =>
  matched.set(row, (matched.get(row) ?? new Set()).add(folder));

/** What the table as a whole tells and the search in it does not. */
const foundOtherwise: string[] = [];

function lookUp(text: string, program: 'sftp' | 'sshd', folder: string): void {
  const [, inner] = /^message repeated \d+ times: \[ (.*)\]$/.exec(text) ?? [];
  if (inner !== undefined) return lookUp(inner, program, folder);
  if (program === 'sftp') {
    const bytes = Buffer.from(text, 'latin1');
    const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
    const row = SFTP_MESSAGES.find(({ pattern }) => pattern.match(bytes, view, 0, bytes.length));
    if (row && bytes.length < LONGEST) note(sftp, row.text, folder);
  } else {
    const row = SSHD_MESSAGES.find(({ shape }) => shape.test(text));
    if (row) note(sshd, String(row.shape), folder);
    if (!isFoundAs(text, row)) foundOtherwise.push(text);
  }
}

/** What is found has the kind of its row, and its fields are the row's own groups. */
function isFoundAs(text: string, row: SshdMessage | undefined): boolean {
  const found = findSshd(text);
  if (found === null || row === undefined) return found === null && row === undefined;
  const groups = row.kind === 'noise' ? {} : row.shape.exec(text)?.groups;
  return (
    found.kind === row.kind &&
    Object.entries(found.fields).every(([name, value]) => value === (groups?.[name] ?? undefined))
  );
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
    const writer =
      text.endsWith(' [postauth]') && !/^(Close|Changed|Starting|Received|Disc)/.test(text) ? 'sftp' : program;
    lookUp(text.replace(/ \[(preauth|postauth)\]$/, ''), writer, name.split('/')[0] ?? '');
  }
}

const foldersOf = (matched: Matched, row: string): string[] => [...(matched.get(row) ?? [])];

describe('every row of a table has a sample', () => {
  test.each(SFTP_MESSAGES.map(({ text }) => text))('sftp-server: %s', (text) => {
    expect(foldersOf(sftp, text)).not.toEqual([]);
  });

  test('words of rows stand where the scanner and the row writer look for them', () => {
    const { UPLOAD, DOWNLOAD, BOTH, NEITHER, REMOVE, RENAME, RMDIR, SYMLINK, HARDLINK, SET, FAILED, UNKNOWN } = shape;
    const ways = [UPLOAD, DOWNLOAD, BOTH, NEITHER].map((place) => DIRECTIONS[place]);
    expect(ways).toEqual(['upload', 'download', 'both', 'none']);
    const actions = [REMOVE, RENAME, RMDIR, SYMLINK, HARDLINK, SET].map((place) => ACTIONS[place]);
    expect(actions).toEqual(['remove', 'rename', 'rmdir', 'symlink', 'hardlink', 'set']);
    expect([0, FAILED, UNKNOWN].map((place) => STATUSES[place])).toEqual(['completed', 'failed', 'unknown']);
    expect(TRANSFER_STATUSES[0]).toBe('completed');
    expect(ACTIONS.length).toBeLessThanOrEqual(8);
    expect(ERRORS.length).toBeLessThanOrEqual(shape.CHANGE_RANK / 64);
  });

  test('the first row that matches is the one that is found', () => {
    expect(foundOtherwise).toEqual([]);
  });

  test.each(SSHD_MESSAGES.map(({ shape }) => String(shape)))('sshd: %s', (shape) => {
    expect(foldersOf(sshd, shape)).not.toEqual([]);
  });

  test.each(FREQUENT_NOISE)('what the scanner takes for noise is noise, whatever it goes on with: %s', (pattern) => {
    // What other rows look for, among anything else that a line can have.
    const rest = fc.oneof(
      fc.string({ unit: 'binary-ascii' }),
      fc.constantFrom('for x from 192.0.2.7 port 22 ssh2', 'x', ''),
    );
    const property = fc.property(rest, (text) => {
      const message = pattern.replace('{any}', text.replace(/[\n\r]/g, ''));
      expect(findSshd(message)?.kind).toBe('noise');
    });
    fc.assert(property, runs(200));
  });

  test('of sftp-server all but those that nobody has seen are in a real log', () => {
    const unseen = SFTP_MESSAGES.map(({ text }) => text).filter(
      (text) => !foldersOf(sftp, text).some((folder) => REAL.includes(folder)),
    );
    expect(unseen).toEqual(ONLY_FROM_SOURCE);
  });
});
