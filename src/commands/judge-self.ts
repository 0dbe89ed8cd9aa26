import { CONFIG_PATH } from '../config.ts';
import { refused } from '../errors.ts';
import type { Host } from '../host/host.ts';
import { lstatOrNull } from '../host/read.ts';
import { changeableSelf } from '../host/self-parts.ts';
import { packageFolder } from '../host/templates.ts';
import type { HostFacts } from '../plan/facts.ts';
import { shellQuote } from '../quote.ts';

/** Root runs node and all of ours: whoever can change any of it, or what it reads, is root too. */
export function judgeSelf({ self }: Pick<HostFacts, 'self'>, folder = packageFolder()): void {
  const named = [self.node, self.script, ...(self.config === null ? [] : [self.config])];
  for (const path of named)
    if (!/^[A-Za-z0-9/._+@-]+$/.test(path))
      throw refused(`${path} has characters that would split the command of a hook`, 'keep it under a plainer name');
  const [wrong] = changeableSelf(self, folder);
  if (wrong)
    throw refused(
      `root would use ${wrong.path}, but ${wrong.what}`,
      `${wrong.hint}; or keep it where only root can write: npm pack && sudo npm install --global ./sftpjail-*.tgz`,
    );
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
