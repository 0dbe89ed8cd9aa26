import type { Config } from '../config.ts';
import type { HostFacts } from '../plan/facts.ts';

/** The socket in the root itself: everybody's, or only the administrators'. */
export const sharedSocket = (config: Config): string => `${config.root}/dev/log`;
export const jailSocket = (config: Config, name: string): string => `${config.root}/${name}/dev/log`;

/** The sockets that rsyslog must read for these accounts. */
export function socketsOf({ config, accounts }: Pick<HostFacts, 'config' | 'accounts'>): string[] {
  if (config.log.socket === 'shared') return [sharedSocket(config)];
  const jails = accounts.filter(({ role }) => role !== 'admin').map(({ name }) => jailSocket(config, name));
  return [sharedSocket(config), ...jails];
}
