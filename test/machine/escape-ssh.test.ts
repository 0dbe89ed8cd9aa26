import { afterAll, beforeAll, expect, test } from 'vitest';
import { Clients, makeKeyPair } from '../support/clients.ts';
import { describeMachine } from '../support/describe.ts';
import { Forwarding, THROUGH } from '../support/forwarding.ts';
import { bootMachine, type Machine } from '../support/machine.ts';

/** An administrator who lets everybody do everything, in the file that sshd reads first. */
const GENEROUS = `AllowTcpForwarding yes
AllowStreamLocalForwarding yes
AllowAgentForwarding yes
X11Forwarding yes
PermitTunnel yes
GatewayPorts yes
PermitTTY yes
PermitUserRC yes
PermitOpen any
PermitListen any
`;

const NAMES = { only: 'acme', readOnly: 'reader', admin: 'boss' };

const OURS = {
  allowagentforwarding: 'no',
  allowstreamlocalforwarding: 'no',
  allowtcpforwarding: 'no',
  authorizedkeysfile: '/etc/sftpjail/keys/%u',
  disableforwarding: 'yes',
  kbdinteractiveauthentication: 'no',
  loglevel: 'VERBOSE',
  passwordauthentication: 'no',
  permittty: 'no',
  permittunnel: 'no',
  permituserrc: 'no',
  pubkeyauthentication: 'yes',
  x11forwarding: 'no',
};

const PROHIBITED = 'channel N: open failed: administratively prohibited: open failed';
const FAILED = 'channel N: open failed: connect failed: open failed';
const NO_PORT = 'Error: remote port forwarding failed for listen port 9002';

/** What ssh says of each kind that sshd refuses; it does not ask to be told about the agent. */
const REFUSED = {
  stdio: `${PROHIBITED}\nstdio forwarding failed`,
  port: PROHIBITED,
  stream: FAILED,
  proxy: PROHIBITED,
  remotePort: NO_PORT,
  remoteProxy: NO_PORT,
  remoteStream: 'Error: remote port forwarding failed for listen path /run/forwarded',
  tunnel: `${FAILED}\nTunnel forwarding failed`,
  agent: '',
  x11: 'X11 forwarding request failed on channel N',
};

describeMachine('more than SFTP is refused, although sshd_config allows everything to everybody', (image) => {
  let machine: Machine;
  let clients: Clients;
  beforeAll(async () => {
    machine = await bootMachine(image);
    const key = await makeKeyPair(machine);
    clients = new Clients(machine, key);
    await machine.writeFile('/etc/ssh/sshd_config.d/10-generous.conf', GENEROUS);
    // sshd forwards X11 only where there is an xauth; root's own logins show that each attempt would work.
    await machine.sh(
      `ln -s true /usr/bin/xauth
       ssh-agent -a /run/agent >/dev/null
       cp "$1.pub" /root/.ssh/authorized_keys
       sftpjail add-user acme --yes --key "$1.pub"
       sftpjail add-user reader --yes --read-only --key "$1.pub"
       sftpjail add-admin boss --yes --key "$1.pub"`,
      { args: [key.path] },
    );
  });
  afterAll(() => machine?.close());

  const tried = async (user: string, args: readonly string[], ...command: string[]) => {
    const { exitCode, stdout, stderr } = await clients.sshTry(user, args, command, { input: '' });
    return { exitCode, said: (stdout + stderr).replaceAll('\r', '') };
  };

  test.for(Object.values(NAMES))('%s gets no shell, no command and no other subsystem', async (user) => {
    const only = { exitCode: 1, said: 'This service allows sftp connections only.\n' };
    expect(await tried(user, [])).toEqual(only);
    expect(await tried(user, [], 'id')).toEqual(only);
    expect(await tried(user, [], '/usr/lib/openssh/sftp-server', '-d/')).toEqual(only);
    expect((await tried(user, ['-tt'])).said).toContain('PTY allocation request failed');
    expect((await tried(user, ['-s'], 'netconf')).said).toContain('subsystem request failed');
  });

  test('root, whom our blocks leave alone, does', async () => {
    expect(await tried('root', [], 'id', '-un')).toEqual({ exitCode: 0, said: 'root\n' });
  });

  test.for(['acme', 'reader', 'boss', 'root'])('%s: forwarding of every kind', async (user) => {
    const forwarding = new Forwarding(machine, clients, user);
    const got = {
      stdio: await forwarding.stdio(),
      port: await forwarding.local('127.0.0.1:22', 'SSH-2'),
      stream: await forwarding.local('/run/dbus/system_bus_socket', 'REJEC'),
      proxy: await forwarding.dynamic(),
      remotePort: await forwarding.remotePort(),
      remoteProxy: await forwarding.remoteProxy(),
      remoteStream: await forwarding.remoteStream(),
      tunnel: await forwarding.tunnel(),
      agent: await forwarding.agent(),
      x11: await forwarding.x11(),
    };
    const through = Object.fromEntries(Object.keys(REFUSED).map((kind) => [kind, THROUGH]));
    expect(got).toEqual(user === 'root' ? through : REFUSED);
  });

  test.for([
    ['acme', '/sftp-root/%u', 'internal-sftp -lVERBOSE -fLOCAL3 -u0007 -d/data -Psymlink'],
    ['reader', '/sftp-root/%u', 'internal-sftp -R -lVERBOSE -fLOCAL3 -u0007 -d/data -Psymlink'],
    ['boss', '/sftp-root', 'internal-sftp -lVERBOSE -fLOCAL3 -u0007'],
  ] as const)('sshd -T shows our values for %s', async ([user, chrootdirectory, forcecommand]) => {
    const connection = `user=${user},host=x,addr=1.2.3.4,laddr=127.0.0.1,lport=22`;
    const { stdout } = await machine.run('/usr/sbin/sshd', ['-T', '-C', connection]);
    const effective = Object.fromEntries(stdout.split('\n').map((line) => line.split(/ (.*)/s)));
    expect(effective).toMatchObject({ ...OURS, chrootdirectory, forcecommand });
  });
});
