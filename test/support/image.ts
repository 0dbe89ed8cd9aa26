import { existsSync, mkdirSync, readdirSync } from 'node:fs';
import { join } from 'node:path';
import { debianMirror } from './apt.ts';
import { CACHE, hashOf } from './cache.ts';
import { execute } from './exec.ts';

const RECIPES = join(import.meta.dirname, 'image');

/**
 * bookworm and trixie are stock servers with everything sftpjail works with; bookworm-bare has neither sshd, rsyslog nor
 * logrotate; trixie-npm is trixie with Debian's npm and without /usr/local/bin/sftpjail; bookworm-analysers is
 * bookworm-bare with awstats and webalizer, which Debian 13 no longer has; bookworm-fleet is bookworm with what drives
 * many hosts (Ansible, cloud-init), with OpenRC, other shells and mandoc; bookworm-hosts is bookworm with what several
 * hosts share a ledger by (PostgreSQL, RELP); the two -logind have libpam-systemd, with which every login starts a manager
 * of the user's own; trixie-mta has a sendmail, msmtp's; bookworm-chromium is bookworm-bare with a browser.
 */
export type ImageName =
  | 'bookworm'
  | 'trixie'
  | 'bookworm-bare'
  | 'trixie-npm'
  | 'bookworm-analysers'
  | 'bookworm-chromium'
  | 'bookworm-fleet'
  | 'bookworm-hosts'
  | 'bookworm-logind'
  | 'trixie-logind'
  | 'trixie-mta';

const BELOW: Record<ImageName, ImageName | null> = {
  'bookworm-bare': null,
  bookworm: 'bookworm-bare',
  trixie: null,
  'trixie-npm': 'trixie',
  'bookworm-analysers': 'bookworm-bare',
  'bookworm-chromium': 'bookworm-bare',
  'bookworm-fleet': 'bookworm',
  'bookworm-hosts': 'bookworm',
  'bookworm-logind': 'bookworm',
  'trixie-logind': 'trixie',
  'trixie-mta': 'trixie',
};

function imagePath(name: ImageName): string {
  const below = BELOW[name];
  const files = readdirSync(RECIPES).filter((file) => file.startsWith(`${name}.`) || file.endsWith('.sh'));
  return join(CACHE, `${name}-${hashOf(RECIPES, files.sort(), below ? imagePath(below) : '')}`);
}

/** The directories that make up an image, topmost first, as overlayfs wants them. */
export function imageLayers(name: ImageName): string[] {
  const below = BELOW[name];
  return [imagePath(name), ...(below ? imageLayers(below) : [])];
}

export function imageExists(name: ImageName): boolean {
  return imageLayers(name).every((layer) => existsSync(layer));
}

async function build(name: ImageName): Promise<void> {
  const below = BELOW[name];
  if (below) await build(below);
  const target = imagePath(name);
  if (existsSync(target)) return;
  const lower = below ? [imageLayers(below).join(':')] : [];
  console.log(`building the ${name} image`);
  await execute('flock', [
    `${target}.lock`,
    ...['unshare', '--mount', '--propagation', 'private'],
    ...['sh', join(RECIPES, 'build.sh'), name, target, debianMirror(), ...lower],
  ]);
}

/** Builds what is missing, both suites at once; takes a minute or two the first time. */
export async function buildImages(): Promise<void> {
  mkdirSync(CACHE, { recursive: true });
  await build('bookworm-bare');
  await Promise.all([build('bookworm'), build('trixie-npm'), build('bookworm-analysers'), build('bookworm-chromium')]);
  await Promise.all([build('bookworm-fleet'), build('bookworm-logind'), build('trixie-logind')]);
  await Promise.all([build('bookworm-hosts'), build('trixie-mta')]);
}
