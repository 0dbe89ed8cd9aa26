import type { Host } from '../host.ts';
import { addressIn, loopbackFirst } from '../probe.ts';
import type { Services } from './services.ts';

export function systemdServices(host: Host): Services {
  const ctl = (...args: string[]) => host.must('systemctl', args);
  const property = async (name: string, ...units: string[]): Promise<string[]> => {
    const { stdout } = await ctl('show', '--value', `--property=${name}`, ...units);
    return stdout.split('\n').filter((line) => line !== '');
  };
  const isActive = async (unit: string) => (await host.run('systemctl', ['is-active', '--quiet', unit])).code === 0;

  /** Debian's unit is ssh.service, elsewhere it is sshd.service; an alias answers to both. */
  const sshName = async (): Promise<string> => {
    for (const name of ['ssh', 'sshd'])
      if ((await property('LoadState', `${name}.service`))[0] === 'loaded') return name;
    return 'ssh';
  };

  const reloadSshd = async () => {
    const name = await sshName();
    // A SIGHUP makes a socket-activated sshd bind its port itself and die of it; a restart hands it the socket again.
    if (await isActive(`${name}.socket`)) await ctl('try-restart', `${name}.service`);
    else if (await isActive(`${name}.service`)) await ctl('reload', `${name}.service`);
  };

  const startUnit = async (unit: string) => {
    // Clears the count of earlier starts, which would refuse this one after five within ten seconds.
    await host.run('systemctl', ['reset-failed', unit]);
    await ctl('restart', unit);
  };
  const restartRsyslog = () => startUnit('rsyslog.service');

  return {
    kind: 'systemd',
    sshd: { use: reloadSshd, leave: reloadSshd },
    rsyslog: { use: restartRsyslog, leave: restartRsyslog },
    startSshd: 'systemctl start ssh.service || systemctl start sshd.service',
    rereadUnits: async () => void (await ctl('daemon-reload')),

    async stopUnit(unit) {
      if (await isActive(unit)) await ctl('stop', unit);
    },

    startUnit,

    async unitsAreCurrent(units) {
      const stale = await property('NeedDaemonReload', 'rsyslog.service', ...units);
      if (stale.includes('yes')) return false;
      for (const unit of units) if (!(await isActive(unit))) return false;
      return true;
    },

    async rsyslogPid() {
      const [pid] = await property('MainPID', 'rsyslog.service');
      return Number(pid) || null;
    },

    async servicePid(unit) {
      if (!(await isActive(unit)) || (await property('NeedDaemonReload', unit))[0] === 'yes') return null;
      return Number((await property('MainPID', unit))[0]) || null;
    },

    async sshdSockets() {
      const unit = `${await sshName()}.socket`;
      if (!(await isActive(unit))) return null;
      const addresses = (await property('Listen', unit)).flatMap((line) => addressIn(line.replace(/ \(Stream\)$/, '')));
      return loopbackFirst(addresses);
    },
  };
}
