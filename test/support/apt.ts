import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';

/** The mirror that this host installs Debian itself from. */
export function debianMirror(): string {
  const folder = '/etc/apt/sources.list.d';
  const files = [
    '/etc/apt/sources.list',
    ...(existsSync(folder) ? readdirSync(folder).map((name) => join(folder, name)) : []),
  ];
  for (const file of files.filter((file) => existsSync(file))) {
    const found = readFileSync(file, 'utf8').match(/^(?:URIs:\s*|deb\s+(?:\[.*?\]\s*)?)(\S+\/debian)\/?(?:\s|$)/m);
    if (found?.[1]) return found[1];
  }
  return 'http://deb.debian.org/debian';
}
