import { existsSync, readFileSync } from 'node:fs';
import { resolve } from 'node:path';
import { expect, it } from 'vitest';

const ROOT = resolve(import.meta.dirname, '../..');

it('the README leads to files that exist', () => {
  const links = [...readFileSync(resolve(ROOT, 'README.md'), 'utf8').matchAll(/\]\((?!https?:)([^)#]+)\)/g)].map(
    ([, path = '']) => path,
  );
  expect(links.length).toBeGreaterThan(3);
  expect(links.filter((path) => !existsSync(resolve(ROOT, path)))).toEqual([]);
});
