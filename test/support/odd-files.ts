import { type Bytes, bytesOf } from '../log/model/escape.ts';
import type { Guest } from './guest.ts';

/** A file under a name that a reader of logs can stumble over. */
export interface OddFile {
  readonly name: Bytes;
  readonly size: number;
}

const TEXTS = [
  'plain',
  'two words  and two blanks',
  '-rf',
  ' ',
  'it\'s "quoted"',
  '"',
  'x" bytes read 0 written 999',
  'x" flags WRITE,CREATE,TRUNCATE mode 0644',
  'g" new "h',
  'line\nclose "z" bytes read 0 written 999',
  'tab\tand\rreturn',
  '\u001b[2J\u007f',
  'back\\slash\\',
  '\\303\\251 \\n',
  '100%s %n [*?]',
  'Отчёт за ноябрь.xlsx',
  '請求書.pdf',
  '🎉 👩‍👩‍👧',
  'a'.repeat(255),
  '\\'.repeat(255),
  'Ж'.repeat(127),
  '漢'.repeat(85),
];

const NO_UTF8: readonly Bytes[] = ['bad\xff\xfe', '\xc3(', 'half \xe2\x82', `${'\xd0'.repeat(254)}x`];

/** What stands in a line of a close around the path, before the figure. */
const AROUND = 'close "" bytes read 0 written ';

/** Sizes have five digits: this name makes a line that is cut behind so many of them. */
function cutInNumber(folder: string, digits: number): Bytes {
  const length = 500 - AROUND.length - digits - folder.length - 1;
  const name = `${digits}${'x'.repeat(20)}`;
  const backslashes = Math.floor((length - name.length) / 2);
  return name + '\\'.repeat(backslashes) + 'x'.repeat((length - name.length) % 2);
}

/** Each of another size. @param folder where the log will have them, for the lines that are cut in the middle of a number */
export function oddFiles(folder: string): OddFile[] {
  const cut = [0, 1, 2, 3, 4, 5].map((digits) => cutInNumber(folder, digits));
  return [...TEXTS.map(bytesOf), ...NO_UTF8, ...cut].map((name, index) => ({ name, size: 12_345 + index * 1001 }));
}

const MAKE = `
const { mkdirSync, writeFileSync } = require('node:fs');
const { folder, files } = JSON.parse(require('node:fs').readFileSync(0, 'utf8'));
mkdirSync(folder, { recursive: true });
for (const { name, size } of files)
  writeFileSync(Buffer.concat([Buffer.from(folder + '/'), Buffer.from(name, 'latin1')]), Buffer.alloc(size, size % 251));
`;

export async function makeFiles(guest: Guest, folder: string, files: readonly OddFile[]): Promise<void> {
  await guest.run('node', ['-e', MAKE], { input: JSON.stringify({ folder, files }) });
}
