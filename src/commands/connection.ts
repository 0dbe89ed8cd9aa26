import { hostname } from 'node:os';
import { parseEffective } from '../conf/sshd.ts';
import { connectionOf, withSshdFolder } from '../host/checks.ts';
import type { Host } from '../host/host.ts';
import { hostFingerprints } from '../host/keys.ts';
import { textOrNull } from '../host/read.ts';

export interface Connection {
  /** The command line for the customer, with this host's own name. */
  command: string;
  /** `SHA256:… (TYPE)`, to compare at the first login. */
  hostKeys: string[];
}

/** What to hand to a customer; null where sshd cannot be asked. */
export async function connectionFor(host: Host, name: string): Promise<Connection | null> {
  const { code, stdout } = await withSshdFolder(host, () =>
    host.run('/usr/sbin/sshd', ['-T', '-C', connectionOf(name)]),
  );
  if (code !== 0) return null;
  const effective = parseEffective(stdout);
  const port = effective.get('port')?.[0] ?? '22';
  const at = host.sysroot === '' ? hostname() : (textOrNull(host.followed('/etc/hostname')) ?? 'HOST').trim();
  return {
    command: ['sftp', ...(port === '22' ? [] : ['-P', port]), `${name}@${at}`].join(' '),
    hostKeys: await hostFingerprints(host, effective.get('hostkey') ?? []),
  };
}
