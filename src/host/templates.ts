import { existsSync, readFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import type { Templates } from '../conf/template.ts';

/** The package's own folder: the nearest above this file that has templates. */
export function packageFolder(from: string = __dirname): string {
  if (existsSync(join(from, 'templates')) && existsSync(join(from, 'package.json'))) return from;
  const above = dirname(from);
  if (above === from) throw new Error('the templates of sftpjail are missing: install it again');
  return packageFolder(above);
}

export const readTemplate: Templates = (path) => readFileSync(join(packageFolder(), 'templates', path), 'utf8');

/** Reads templates as they are asked for. */
export function openTemplates(): Templates {
  const folder = join(packageFolder(), 'templates');
  return (path) => readFileSync(join(folder, path), 'utf8');
}
