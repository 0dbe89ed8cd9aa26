import type { Host } from '../host.ts';
import { bareServices } from './bare.ts';
import { managedServices } from './managed.ts';
import { hostKind, type Services } from './services.ts';
import { systemdServices } from './systemd.ts';

export function openServices(host: Host): Services {
  const kind = hostKind(host);
  if (kind === 'systemd') return systemdServices(host);
  if (kind === 'none') return bareServices(host);
  if (kind === 'image') return noServices;
  return managedServices(host, kind);
}

const nothing = async () => {};

/** On a mounted image nothing runs: what stands on its disk is used when it boots. */
const noServices: Services = {
  kind: 'image',
  sshd: { use: nothing, leave: nothing },
  rsyslog: { use: nothing, leave: nothing },
  rereadUnits: nothing,
  stopUnit: nothing,
  startUnit: nothing,
  servicePid: async () => null,
  unitsAreCurrent: async () => true,
  startSshd: null,
  rsyslogPid: async () => null,
  sshdSockets: async () => null,
};
