import type { HostKind } from '../../plan/facts.ts';
import type { Host } from '../host.ts';
import { findDaemon } from '../processes.ts';
import { initScriptOfSshd, pidIn, type Services } from './services.ts';

/** A service manager that is not systemd: `service` runs the scripts of /etc/init.d, `rc-service` those of OpenRC. */
export function managedServices(host: Host, kind: Extract<HostKind, 'openrc' | 'service'>): Services {
  const program = kind === 'openrc' ? 'rc-service' : 'service';
  const sshd = initScriptOfSshd() ?? 'sshd';
  const both = (name: string, action: string) => {
    const act = async () => void (await host.must(program, [name, action]));
    return { use: act, leave: act };
  };
  return {
    kind,
    sshd: both(sshd, 'reload'),
    rsyslog: both('rsyslog', 'restart'),
    rereadUnits: async () => {},
    stopUnit: async () => {},
    startUnit: async () => {},
    servicePid: async () => null,
    unitsAreCurrent: async () => true,
    startSshd: `${program} ${sshd} start`,
    rsyslogPid: async () => pidIn('/run/rsyslogd.pid', 'rsyslogd') ?? findDaemon('rsyslogd'),
    sshdSockets: async () => null,
  };
}
