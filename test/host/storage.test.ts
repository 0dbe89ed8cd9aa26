import { spawnSync } from 'node:child_process';
import { linkSync, mkdirSync, mkdtempSync, renameSync, symlinkSync, truncateSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { occupiedBelow } from '../../src/host/storage.ts';

describe('what is stored below a folder', () => {
  let folder: string;
  beforeEach(() => {
    folder = mkdtempSync(join(tmpdir(), 'sftpjail-storage.'));
  });
  // Node's own removal nests as deep as the folders do.
  afterEach(() => void spawnSync('rm', ['-rf', folder]));

  const file = (name: string, size: number) => writeFileSync(join(folder, name), Buffer.alloc(size, 1));
  /** As du(1) counts it. */
  const du = () => Number(spawnSync('du', ['-s', '-B1', folder], { encoding: 'utf8' }).stdout.split('\t')[0]);

  it('is what du counts: blocks, each file once, whatever it is called and however many names it has', () => {
    for (const name of ['one', 'two words', 'new\nline']) file(name, 100_000);
    writeFileSync(Buffer.concat([Buffer.from(`${folder}/bad`), Buffer.from([0xff])]), 'x');
    mkdirSync(join(folder, 'a/b'), { recursive: true });
    file('a/b/three', 5000);
    for (const name of ['again', 'a/again', 'a/b/again']) linkSync(join(folder, 'one'), join(folder, name));
    file('holes', 1);
    truncateSync(join(folder, 'holes'), 10_000_000_000);
    expect(occupiedBelow(folder)).toEqual({ bytes: du(), files: 9, isWhole: true });
  });

  it('is not what symlinks lead to, and a symlink is no folder', () => {
    file('mine', 1000);
    for (const [name, to] of [
      ['usr', '/usr'],
      ['up', '..'],
      ['loop', '.'],
      ['gone', '/nowhere'],
    ] as const)
      symlinkSync(to, join(folder, name));
    expect(occupiedBelow(folder)?.files).toBe(6);
    expect(occupiedBelow(join(folder, 'usr'))).toBeNull();
    expect(occupiedBelow(join(folder, 'nowhere'))).toBeNull();
  });

  it('is found in folders that are nested deeper than a path can be long, or files can be open', () => {
    // Each is put into the next one: so a client makes what no path reaches.
    const [levels, chunk] = [1500, 100];
    let inner: string | null = null;
    for (let made = 0; made < levels; made += chunk) {
      const outer = join(folder, `n${made}`);
      const deepest = join(outer, ...Array(chunk - 1).fill('dddd'));
      mkdirSync(deepest, { recursive: true });
      writeFileSync(join(deepest, 'file'), 'x');
      if (inner !== null) renameSync(inner, join(deepest, 'inner'));
      inner = outer;
    }
    const found = occupiedBelow(folder);
    expect(found).toMatchObject({ files: 1 + levels + levels / chunk, isWhole: true });
    expect(found?.bytes).toBe(du());
  });
});
