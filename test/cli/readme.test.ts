import { existsSync, readFileSync } from 'node:fs';
import { resolve } from 'node:path';
import { expect, it } from 'vitest';
import { typed } from './typed.ts';

const ROOT = resolve(import.meta.dirname, '../..');
const README = readFileSync(resolve(ROOT, 'README.md'), 'utf8');

it('the README leads to files that exist', () => {
  const links = [...README.matchAll(/\]\((?!https?:)([^)#]+)\)/g)].map(([, path = '']) => path);
  expect(links.length).toBeGreaterThan(3);
  expect(links.filter((path) => !existsSync(resolve(ROOT, path)))).toEqual([]);
});

it("the README's table has every command that --help lists, and no other", async () => {
  const { stdout } = await typed('--help');
  const commands = [...stdout().matchAll(/^ {2}([a-z-]+(?: [a-z]+)?) \[options\]/gm)].map(([, name]) => name);
  const [, table = ''] = /^## Every command\n.*?\n(\|.*?)\n\n/ms.exec(README) ?? [];
  const rows = table.split('\n').map((row) => row.split(' | ')[0] ?? '');
  const listed = rows.flatMap((cell) => [...cell.matchAll(/`([a-z-]+(?: [a-z]+)?)/g)].map(([, name]) => name));
  expect(commands).toContain('sessions');
  expect(listed.sort()).toEqual(commands.sort());
});
