import { SSHD_DROP_IN } from '../conf/sshd-drop-in.ts';
import type { Config } from '../config.ts';
import { refused } from '../errors.ts';
import type { Host } from '../host/host.ts';
import { accountsOf } from '../host/look.ts';
import { lstatOrNull, textOrNull } from '../host/read.ts';
import { readRegister } from '../host/register.ts';
import { LAYOUT_FILE, type Layout, renderLayout } from '../plan/layout.ts';

/**
 * Refuses a configuration that would leave customers of an earlier one outside of sshd's blocks.
 *
 * @throws OperatorError `refused`, naming them
 */
export function judgeLayout(host: Host, config: Config): void {
  const text = textOrNull(host.path(LAYOUT_FILE));
  if (text === null || text === renderLayout(config)) return;
  const earlier = JSON.parse(text) as Layout;
  const names = accountsOf({ ...config, ...earlier }, readRegister(host)).map(({ name }) => name);
  if (names.length === 0) return;
  const differing = (['root', 'data', 'groups'] as const).filter(
    (key) => JSON.stringify(earlier[key]) !== JSON.stringify(config[key]),
  );
  throw refused(
    `these accounts were made with another ${differing.join(' and ')}: ${names.join(', ')}`,
    `put that back into the configuration (cat ${LAYOUT_FILE}; was --config forgotten?), or remove the accounts with it first`,
  );
}

/** Refuses to jail people who only happen to be in a group of the same name. */
export function judgeMembers(host: Host, config: Config): void {
  if (lstatOrNull(host.path(SSHD_DROP_IN)) !== null) return;
  const register = readRegister(host);
  const ours = new Set(accountsOf(config, register).map(({ name }) => name));
  for (const role of [config.groups.only, config.groups.readOnly, config.groups.admin]) {
    const group = register.groups.get(role);
    const primary = [...register.users.values()].filter(({ gid }) => gid === group?.gid).map(({ name }) => name);
    const stranger = [...(group?.members ?? []), ...primary].find((name) => !ours.has(name));
    if (stranger !== undefined)
      throw refused(
        `${stranger} is in the group ${role}, and would be locked into a jail`,
        `gpasswd --delete ${stranger} ${role}, or name another group in /etc/sftpjail/config.yaml`,
      );
  }
}
