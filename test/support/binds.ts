import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { REPO } from './cache.ts';
import { guestSupportPath } from './guest-support.ts';
import type { Bind } from './holder.ts';
import type { ImageName } from './image.ts';

const PRODUCT = ['bin', 'dist', 'templates', 'package.json'];

function isDebian12(image: ImageName): boolean {
  return image.startsWith('bookworm');
}

/** Debian 12's own Node is too old, so it gets this host's. */
export function nodeBinds(image: ImageName): Bind[] {
  if (!isDebian12(image)) return [];
  const npm = '/usr/lib/node_modules';
  const bare = image === 'bookworm-bare' && existsSync(npm) ? [{ from: npm, to: npm }] : [];
  return [{ from: process.execPath, to: '/usr/bin/node' }, ...bare];
}

export function supportBinds(): Bind[] {
  return [{ from: guestSupportPath(), to: '/opt/test-support' }];
}

/** The build of this working tree, where /usr/local/bin/sftpjail looks for it. */
export function productBinds(): Bind[] {
  const built = PRODUCT.map((name) => ({ from: join(REPO, name), to: `/opt/sftpjail/${name}` }));
  return built.filter(({ from }) => existsSync(from));
}
