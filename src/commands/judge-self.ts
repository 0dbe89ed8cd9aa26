import { readdirSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { CONFIG_PATH } from '../config.ts';
import { refused } from '../errors.ts';
import { componentAt, componentsOf } from '../host/components.ts';
import { type Host, openHost } from '../host/host.ts';
import { lstatOrNull } from '../host/read.ts';
import { packageFolder } from '../host/templates.ts';
import type { HostFacts } from '../plan/facts.ts';
import { judgeComponents, judgeOwner, type Wrong } from '../plan/root.ts';
import { shellQuote } from '../quote.ts';

/** What of our package root runs, or installs as root's own. */
const PARTS = ['package.json', 'bin', 'dist', 'templates'];

/** Root runs node and all of ours: whoever can change any of it, or what it reads, is root too. */
export function judgeSelf({ self }: Pick<HostFacts, 'self'>, folder = packageFolder()): void {
  const named = [self.node, self.script, ...(self.config === null ? [] : [self.config])];
  for (const path of named)
    if (!/^[A-Za-z0-9/._+@-]+$/.test(path))
      throw refused(`${path} has characters that would split the command of a hook`, 'keep it under a plainer name');
  const used = [...named, ...PARTS.flatMap((part) => withAllIn(join(folder, part)))];
  for (const path of used) {
    const wrong = judgeUsed(path);
    if (wrong)
      throw refused(
        `root would use ${path}, but ${wrong.what}`,
        `${wrong.hint}; or keep it where only root can write: npm pack && sudo npm install --global ./sftpjail-*.tgz`,
      );
  }
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

/** The image finds itself at its own root: no command on it would find a configuration that has another place here. */
export function judgeConfigOfImage(host: Host, { kind, self }: HostFacts): void {
  if (kind === 'image' && self.config !== null)
    throw refused(
      `the image would not use the configuration ${self.config}`,
      `put it at ${shellQuote(host.path(CONFIG_PATH))} and leave out --config`,
    );
}

/** The first boot of an image links its jails to the log; without us on it they would stay without one. */
export function judgeSelfOnImage(host: Host, { kind, config, self }: HostFacts): void {
  if (kind !== 'image' || config.log.socket === 'per-jail') return;
  const missing = [self.node, self.script].find((path) => !lstatOrNull(host.path(path))?.size);
  if (missing)
    throw refused(
      `the units of the image run ${missing}, which is not on it`,
      'install sftpjail on the image, at the same place as here, or set "log.socket: per-jail" in its configuration',
    );
}
