import { linkSync, lstatSync, mkdirSync, mkdtempSync, renameSync, rmSync, writeFileSync } from 'node:fs';
import { createServer } from 'node:net';
import { join } from 'node:path';
import { runs } from './ratio.ts';

/** Where the default configuration has it. */
export const ROOT = '/sftp-root';

/** Says nothing, so that a configuration of this host has no part in it; --config FILE is how it is named. */
export function defaultConfig(folder: string): string {
  const path = join(folder, 'config.yaml');
  writeFileSync(path, '# Every key has a default.\n');
  return path;
}

/** A folder of this is on the file system that servers have, where /tmp may be in memory. */
const DISK = '/var/tmp';

/** Mounts an empty root for the time of `use`; run.js has given us a mount namespace of our own for it. */
export async function withRoot(where: 'memory' | 'disk', use: (root: string) => Promise<void>): Promise<void> {
  const folder = mkdtempSync(join(DISK, 'sftpjail-bench.'));
  if (where === 'memory') runs('mount', ['-t', 'tmpfs', '-o', 'mode=755', 'sftpjail-bench', ROOT]);
  else runs('mount', ['--bind', folder, ROOT]);
  try {
    mkdirSync(join(ROOT, 'dev'));
    await use(ROOT);
  } finally {
    runs('umount', [ROOT]);
    rmSync(folder, { recursive: true });
  }
}

/** A socket of another inode than the one before: all links are stale. */
export async function newSocket(root: string): Promise<void> {
  const path = join(root, 'dev', 'log');
  const server = createServer();
  await new Promise<void>((done) => server.listen(`${path}+`, done));
  renameSync(`${path}+`, path);
  await new Promise((done) => server.close(done));
}

/** Jails whose links are current. */
export function makeJails(root: string, count: number): void {
  for (let i = 1; i <= count; i++) {
    const dev = join(root, `customer-${i}`, 'dev');
    mkdirSync(dev, { recursive: true });
    linkSync(join(root, 'dev', 'log'), join(dev, 'log'));
  }
}

/** A contestant that did not do the work must not win. */
export function expectLinks(root: string, count: number): void {
  const { nlink } = lstatSync(join(root, 'dev', 'log'));
  if (nlink !== count + 1) throw new Error(`${nlink - 1} of ${count} links lead to the socket`);
}
