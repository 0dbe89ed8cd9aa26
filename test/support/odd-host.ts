import { expect } from 'vitest';
import { Clients, makeKeyPair } from './clients.ts';
import type { Guest } from './guest.ts';
import { diffTrees } from './tree.ts';

/** All that sftpjail may touch, and the log folder. */
const HOST = ['/etc', '/home', '/sftp-root', '/srv', '/var/lib/sftpjail', '/var/log/sftp.log'];

/** A host that is not as we would like it, with an administrator's own account on it that has nothing to do with us. */
export interface OddHost {
  clients: Clients;
  /** The public half of the key pair that `clients` use. */
  publicKey: string;
  /** sshd accepts that administrator's login, with a shell. */
  adminGetsIn(port?: number): Promise<void>;
  /** What add-user acme is refused with, after it was seen that nothing changed. */
  refusal(): Promise<{ error: string; hint: string }>;
  addUser(): Promise<void>;
  /** Uploads as acme, and finds it in the log. */
  upload(): Promise<void>;
}

export async function oddHost(guest: Guest): Promise<OddHost> {
  const pair = await makeKeyPair(guest);
  const clients = new Clients(guest, pair);
  const publicKey = `${pair.path}.pub`;
  await guest.sh(
    'useradd --create-home --shell /bin/bash carol; install -D -o carol "$1" ~carol/.ssh/authorized_keys',
    {
      args: [publicKey],
    },
  );
  const add = () => guest.attempt('sftpjail', ['add-user', 'acme', '--key', publicKey, '--yes']);
  let uploads = 0;
  return {
    clients,
    publicKey,

    async adminGetsIn(port = 22) {
      // A reload closes the port for a moment.
      await expect
        .poll(() => clients.sshTry('carol', ['-p', String(port)], ['id', '-un']), { timeout: 20_000, interval: 200 })
        .toMatchObject({ stdout: 'carol\n', exitCode: 0 });
    },

    async refusal() {
      const before = await guest.tree(HOST);
      const { exitCode, stderr } = await add();
      expect({ exitCode, stderr }).toMatchObject({ exitCode: 4 });
      expect(diffTrees(before, await guest.tree(HOST))).toEqual([]);
      const said = (what: string) => new RegExp(`^sftpjail: ${what}: (.*)$`, 'm').exec(stderr)?.[1] ?? '';
      return { error: said('error'), hint: said('hint') };
    },

    async addUser() {
      expect(await add()).toMatchObject({ exitCode: 0 });
    },

    async upload() {
      const name = `upload-${++uploads}`;
      expect(await clients.sftpBatch('acme', [`put /etc/hostname ${name}`])).toMatchObject({ exitCode: 0 });
      await guest.sh('until grep -q "close \\"/data/$1\\" .* written" /var/log/sftp.log; do sleep 0.05; done', {
        args: [name],
        timeout: 20_000,
      });
    },
  };
}
