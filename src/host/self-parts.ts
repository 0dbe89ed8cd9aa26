import { readdirSync } from 'node:fs';
import { dirname, join } from 'node:path';
import type { Self } from '../plan/facts.ts';
import { judgeComponents, judgeOwner, type Wrong } from '../plan/root.ts';
import { componentAt, componentsOf } from './components.ts';
import { openHost } from './host.ts';
import { lstatOrNull } from './read.ts';
import { packageFolder } from './templates.ts';

/** What of our package root runs, or installs as root's own. */
const PARTS = ['package.json', 'bin', 'dist', 'templates'];

/** What root runs or reads of ours and somebody else could change, with what is wrong about it. */
export function changeableSelf({ node, script, config }: Self, folder = packageFolder()): (Wrong & { path: string })[] {
  const named = [node, script, ...(config === null ? [] : [config])];
  const used = [...named, ...PARTS.flatMap((part) => withAllIn(join(folder, part)))];
  return used.flatMap((path) => {
    const wrong = judgeUsed(path);
    return wrong ? [{ path, ...wrong }] : [];
  });
}

function judgeUsed(path: string): Wrong | null {
  const here = openHost();
  const itself = componentAt(here, path);
  if (itself.found === null) return { what: `${path} is missing`, hint: 'install sftpjail again' };
  return judgeComponents(componentsOf(here, dirname(path))) ?? judgeOwner(itself);
}

/** A path and, if it is a folder, all that is below it. */
function withAllIn(path: string): string[] {
  if (!lstatOrNull(path)?.isDirectory()) return [path];
  return [path, ...readdirSync(path).flatMap((name) => withAllIn(join(path, name)))];
}
