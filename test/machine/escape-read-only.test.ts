import { afterAll, beforeAll, expect, test } from 'vitest';
import { Clients, makeKeyPair } from '../support/clients.ts';
import { describeMachine } from '../support/describe.ts';
import { ATTEMPTS } from '../support/escape.ts';
import { bootMachine, type Machine } from '../support/machine.ts';
import { OPEN } from '../support/sftp-codes.ts';
import type { SftpWire } from '../support/sftp-wire.ts';
import { diffTrees } from '../support/tree.ts';

/** Everything that makes the ForceCommand longer: sshd drops its tenth word and what follows. */
const CONFIG = `data: files
sftp: { umask: "0027", facility: LOCAL5, logLevel: INFO }
sshd: { logLevel: DEBUG1 }
`;

const LOOKS = ['stat', 'lstat', 'read', 'statvfs'];

describeMachine('a read-only customer with level, facility, umask and directory all set', (image) => {
  let machine: Machine;
  let wire: SftpWire;
  beforeAll(async () => {
    machine = await bootMachine(image);
    const key = await makeKeyPair(machine);
    await machine.sh('mkdir /etc/sftpjail; printf %s "$1" > /etc/sftpjail/config.yaml', { args: [CONFIG] });
    await machine.sh(
      `sftpjail add-user reader --yes --read-only --key "$1" --log-level DEBUG3
       echo 'facility: LOCAL6' >> /etc/sftpjail/users/reader.yaml
       sftpjail init --yes
       cd /sftp-root/reader/files
       echo price > list; mkdir folder; ln -s list link; chown -hR reader:sftp .; chmod -R ug+w .`,
      { args: [`${key.path}.pub`] },
    );
    wire = await new Clients(machine, key).wire('reader');
  });
  afterAll(() => machine?.close());

  test('has all of them, and -R, in its own command', async () => {
    const connection = 'user=reader,host=x,addr=1.2.3.4,laddr=127.0.0.1,lport=22';
    expect((await machine.run('/usr/sbin/sshd', ['-T', '-C', connection])).stdout).toContain(
      '\nforcecommand internal-sftp -R -lDEBUG3 -fLOCAL6 -u0027 -d/files -Psymlink\n',
    );
    expect((await wire.realpath('.')).names?.[0]?.name).toBe('/files');
  });

  test('can look and read, and cannot write by any request', async () => {
    const before = await machine.tree(['/sftp-root']);
    const got = new Set<string>();
    for (const path of ['/files/list', '/files/folder', '/files/link', '/files/new', '/files', '/new'])
      for (const [what, attempt] of Object.entries(ATTEMPTS))
        if ((await attempt(wire, path)).status === 'ok') got.add(what);
    expect([...got].sort()).toEqual([...LOOKS, 'opendir', 'readlink'].sort());

    for (const flags of [OPEN.creat, OPEN.trunc, OPEN.creat | OPEN.excl, OPEN.write, OPEN.read | OPEN.write])
      expect([flags, (await wire.open('/files/list', flags)).status]).toEqual([flags, 'permission denied']);
    // Without WRITE, APPEND opens for reading.
    for (const flags of [OPEN.append, OPEN.read | OPEN.append]) {
      const appending = (await wire.open('/files/list', flags)).handle as Buffer;
      expect((await wire.write(appending, 0, 'x')).status).not.toBe('ok');
    }
    expect((await wire.symlink('/etc', '/files/etc')).status).toBe('permission denied');
    const open = (await wire.open('/files/list', OPEN.read)).handle as Buffer;
    expect((await wire.write(open, 0, 'x')).status).not.toBe('ok');
    expect((await wire.fsetstat(open, { size: 0 })).status).not.toBe('ok');
    expect((await wire.fsetstat(open, { mode: 0o777 })).status).not.toBe('ok');
    expect((await wire.copyData(open, 0, 0, open, 0)).status).not.toBe('ok');
    expect(diffTrees(before, await machine.tree(['/sftp-root']))).toEqual([]);
  });
});
