import { linkSync, lstatSync, mkdirSync, readdirSync, renameSync, symlinkSync, writeFileSync } from 'node:fs';
import { createServer } from 'node:net';
import { basename, join } from 'node:path';
import { draftOf } from '../../src/host/draft.ts';

/** A socket without a server, as a stopped rsyslogd leaves it; replaces the one that was there. */
export async function makeSocket(path: string): Promise<void> {
  const server = createServer();
  await new Promise<void>((done) => server.listen(`${path}+`, done));
  renameSync(`${path}+`, path);
  await new Promise((done) => server.close(done));
}

export const logOf = (jail: string): string => join(jail, 'dev', 'log');

/** What may stand at a jail's place. The root's own `dev` holds the socket `log`, and `old` for links that are stale. */
export const STATES = {
  current: (jail: string, dev: string) => linked(jail, join(dev, 'log')),
  stale: (jail: string, dev: string) => linked(jail, join(dev, 'old')),
  missing: (jail: string) => folder(join(jail, 'dev')),
  'log is a file': (jail: string) => writeFileSync(join(folder(join(jail, 'dev')), 'log'), 'not a socket'),
  'log is a symlink': (jail: string) => symlinkSync('/dev/null', join(folder(join(jail, 'dev')), 'log')),
  'log is a folder': (jail: string) => folder(logOf(jail)),
  'dev is a file': (jail: string) => writeFileSync(join(folder(jail), 'dev'), ''),
  'dev is a symlink': (jail: string) => symlinkSync(outside(jail), join(folder(jail), 'dev')),
  'jail is a symlink': (jail: string) => symlinkSync(join(outside(jail), '..'), jail),
  'no dev': (jail: string) => folder(join(jail, 'data')),
  'a file': (jail: string) => writeFileSync(jail, ''),
  'a dangling symlink': (jail: string) => symlinkSync('/nowhere', jail),
} as const;

export type State = keyof typeof STATES;

export const DRAFTS = {
  none: () => {},
  'of the current socket': (draft: string, dev: string) => linkSync(join(dev, 'log'), draft),
  'of an old socket': (draft: string, dev: string) => linkSync(join(dev, 'old'), draft),
  'a file': (draft: string) => writeFileSync(draft, ''),
  'a dangling symlink': (draft: string) => symlinkSync('/nowhere', draft),
} as const;

export type Draft = keyof typeof DRAFTS;

/** Makes one jail in `<top>/root`, for which `<top>/outside` is beyond reach. */
export function makeJail(root: string, name: string, state: State, draft: Draft = 'none'): string {
  const jail = join(root, name);
  const dev = join(root, 'dev');
  STATES[state](jail, dev);
  if (CAN_HOLD_DRAFTS.has(state)) DRAFTS[draft](draftOf(logOf(jail)), dev);
  return jail;
}

const CAN_HOLD_DRAFTS: ReadonlySet<State> = new Set<State>([
  'current',
  'stale',
  'missing',
  'log is a file',
  'log is a symlink',
  'log is a folder',
]);

function folder(path: string): string {
  mkdirSync(path, { recursive: true });
  return path;
}

function linked(jail: string, socket: string): void {
  linkSync(socket, join(folder(join(jail, 'dev')), 'log'));
}

const outside = (jail: string): string => folder(join(jail, '../../outside', basename(jail), 'dev'));

/** Drafts that a run left behind. */
export const draftsBelow = (root: string): string[] =>
  readdirSync(root, { recursive: true, encoding: 'utf8' }).filter(
    (path) => basename(path) === basename(draftOf('/log')),
  );

/** Every path below, with its inode and change time, so that anything done to it shows. */
export function snapshot(top: string): Record<string, string> {
  const all = readdirSync(top, { recursive: true, encoding: 'utf8' }).sort();
  return Object.fromEntries(
    all.map((path) => {
      const { ino, ctimeNs, nlink } = lstatSync(join(top, path), { bigint: true });
      return [path, `${ino} ${ctimeNs} ${nlink}`];
    }),
  );
}
