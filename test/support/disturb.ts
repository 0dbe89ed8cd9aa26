import { setTimeout as sleep } from 'node:timers/promises';
import type { Guest } from './guest.ts';

/** What happens to the log daemon of a host in the course of its years. What ends it is started again by systemd. */
export const DISTURBANCES = {
  restart: 'systemctl restart rsyslog',
  // While it waits for the next line (poll: 7, ppoll on arm64: 73): a line that it has read dies with it, whoever wrote it.
  kill: `
    waits() {
      reader=$(grep -lx in:imuxsock /proc/"$1"/task/*/comm) && read call _ < "$(dirname "$reader")/syscall" &&
        case $call in 7 | 73) true ;; *) false ;; esac
    }
    until old=$(systemctl show --value --property=MainPID rsyslog) && [ "$old" != 0 ] && kill -STOP "$old" && {
      waits "$old" || { kill -CONT "$old"; false; }
    }; do sleep 0.02; done
    kill -KILL "$old"
    until new=$(systemctl show --value --property=MainPID rsyslog) && [ "$new" != 0 ] && [ "$new" != "$old" ]
    do sleep 0.02; done`,
  // At any moment, be it one in which a line is lost that nobody could keep.
  killAnytime: `
    until old=$(systemctl show --value --property=MainPID rsyslog) && [ "$old" != 0 ]; do sleep 0.02; done
    kill -KILL "$old"
    until new=$(systemctl show --value --property=MainPID rsyslog) && [ "$new" != 0 ] && [ "$new" != "$old" ]
    do sleep 0.02; done`,
  // In the midst of the work that piled up while it was frozen, which takes it a few milliseconds.
  killAtWork: `
    until old=$(systemctl show --value --property=MainPID rsyslog) && [ "$old" != 0 ]; do sleep 0.02; done
    kill -STOP "$old"
    sleep 0.7
    kill -CONT "$old"
    for ((spin = RANDOM / 8; spin > 0; spin--)); do :; done
    kill -KILL "$old"`,
  // The socket starts it again with the next line.
  stop: `
    systemctl stop rsyslog
    until systemctl is-active --quiet rsyslog; do sleep 0.02; done`,
  freeze: `
    until pid=$(systemctl show --value --property=MainPID rsyslog) && [ "$pid" != 0 ]; do sleep 0.02; done
    kill -STOP "$pid"
    sleep 3
    kill -CONT "$pid"`,
  rotate: 'logrotate --force /etc/logrotate.d/sftpjail',
} as const;

export type Disturbance = keyof typeof DISTURBANCES;

/** @param every milliseconds from one start to the next, or more where one takes longer */
export async function disturb(guest: Guest, what: Disturbance, times: number, every: number): Promise<void> {
  for (let done = 0; done < times; done++) {
    const next = sleep(every);
    await guest.sh(DISTURBANCES[what]);
    await next;
  }
}
