import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { type ConfFile, hasWildcard, matchesGlob } from '../conf/glob.ts';
import type { Host } from './host.ts';
import { namesIn } from './read.ts';

/** The files that an include of a configuration names, in lexical order, as glob(3) finds them: `*` matches no dotfile. */
export function readIncluded(host: Host, pattern: string): ConfFile[] {
  return expand(host, '/', pattern.split('/').filter(Boolean)).flatMap((file) => {
    const path = host.followed(file);
    try {
      return [{ file, text: readFileSync(path, 'utf8') }];
    } catch {
      return [];
    }
  });
}

function expand(host: Host, folder: string, [part, ...rest]: string[]): string[] {
  if (part === undefined) return [folder];
  if (!hasWildcard(part)) return expand(host, join(folder, part), rest);
  return namesIn(host.followed(folder))
    .filter((name) => matchesGlob(`/${name}`, `/${part}`))
    .flatMap((name) => expand(host, join(folder, name), rest));
}
