import { listJails } from './jails.ts';
import { lstatOrNull } from './read.ts';
import { sameInode } from './relink.ts';

/** The links below a root that do not lead to the socket, or are missing where a `dev` waits for one. */
export function staleLinks(root: string, socket: string): string[] {
  const target = lstatOrNull(socket);
  return listJails(root)
    .folders.filter((jail) => lstatOrNull(`${root}/${jail}/dev`)?.isDirectory())
    .map((jail) => `${root}/${jail}/dev/log`)
    .filter((path) => {
      const found = lstatOrNull(path);
      return found === null || target === null || !sameInode(found, target);
    });
}
