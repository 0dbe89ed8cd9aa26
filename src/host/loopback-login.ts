import { mkdirSync, readdirSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { OperatorError } from '../errors.ts';
import { type CheckTools, sshdAddresses } from './checks.ts';
import type { Host } from './host.ts';
import { textOrNull } from './read.ts';

/** Root's, and empty after each boot. */
const RUN = '/run';

/** What a client needs for a login or two, in a folder of its own. */
export interface ClientFolder {
  /** The public half of a key made for it. */
  publicKey: string;
  /** Uploads a small file under this name, with the real client. @throws OperatorError with what the client said */
  upload(tools: CheckTools, user: string, name: string): Promise<void>;
  remove(): void;
}

/** Clears away what a client of that kind left that was killed; `isLeft` says which. */
export function clearClientFolders(isLeft: (name: string) => boolean): void {
  for (const name of readdirSync(RUN)) if (isLeft(name)) rmSync(join(RUN, name), { recursive: true, force: true });
}

export async function makeClientFolder(host: Host, name: string): Promise<ClientFolder> {
  const folder = join(RUN, name);
  mkdirSync(folder, { mode: 0o700 });
  const key = join(folder, 'key');
  const remove = () => rmSync(folder, { recursive: true, force: true });
  try {
    await host.must('ssh-keygen', ['-q', '-t', 'ed25519', '-N', '', '-C', name, '-f', key]);
  } catch (error) {
    remove();
    throw error;
  }
  return {
    publicKey: `${key}.pub`,
    remove,

    async upload(tools, user, file) {
      const [address] = await sshdAddresses(tools, host);
      if (address === undefined) throw new OperatorError('refused', 'nobody knows where sshd listens', 'sshd -T');
      const knownHosts = join(folder, 'known_hosts');
      writeFileSync(knownHosts, await hostKeysFor(host, `[${address.address}]:${address.port}`));
      writeFileSync(join(folder, file), `${user} can upload.\n`);
      const options = [
        ...['BatchMode=yes', 'ConnectTimeout=10', 'GlobalKnownHostsFile=/dev/null', 'IdentitiesOnly=yes'],
        ...['LogLevel=ERROR', 'StrictHostKeyChecking=yes', `UserKnownHostsFile=${knownHosts}`],
      ].flatMap((option) => ['-o', option]);
      const { code, stderr } = await host.run(
        'sftp',
        [
          '-F',
          'none',
          '-b',
          '-',
          ...options,
          '-i',
          key,
          '-P',
          String(address.port),
          `${user}@${bracketed(address.address)}`,
        ],
        { input: `put ${join(folder, file)} ${file}\nrm ${file}\n`, timeout: 60_000 },
      );
      if (code !== 0) throw new OperatorError('refused', stderr.trim() || `sftp ended with status ${code}`);
    },
  };
}

const bracketed = (address: string): string => (address.includes(':') ? `[${address}]` : address);

/** The very host keys that sshd uses: nobody else is taken for this host. A port of 22 goes without it. */
async function hostKeysFor(host: Host, at: string): Promise<string> {
  const name = at.replace(/^\[(.*)\]:22$/, '$1');
  const { stdout } = await host.must('/usr/sbin/sshd', ['-T']);
  const files = [...stdout.matchAll(/^hostkey (.+)$/gm)].map(([, file]) => `${file}.pub`);
  return files
    .flatMap((file) => textOrNull(file) ?? [])
    .map((key) => `${name} ${key}`)
    .join('');
}
