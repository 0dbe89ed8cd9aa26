import type { Machine } from './machine.ts';

/** From OpenSSH 9.8 on, sshd shuts out an address that failed a few times: a test of refusals would shut itself out. */
export async function forgiveFailures(machine: Machine): Promise<void> {
  await machine.sh(`
    if sshd -T | grep -i '^persourcepenalties'; then
      echo 'PerSourcePenalties no' > /etc/ssh/sshd_config.d/10-forgiving.conf
      systemctl reload ssh
    fi`);
}
