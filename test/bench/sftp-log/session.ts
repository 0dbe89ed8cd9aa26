import type { Customer } from './customers.ts';
import type { Random } from './random.ts';
import type { Requests } from './requests.ts';

export interface Course {
  customer: Customer;
  requests: Requests;
  /** How many lines of requests it has, unless it is told to end sooner. */
  length: number;
  /** Asked before each request. */
  ended: () => boolean;
  random: Random;
  nextPid: () => number;
}

/**
 * What sshd and internal-sftp log of one session at VERBOSE, from the connection to its end, each line from its tag on
 * (OpenSSH 9.2 on Debian 12).
 */
export function* sessionLines({ customer, requests, length, ended, random, nextPid }: Course): Generator<string> {
  const { name, uid } = customer;
  const address = random.pick(customer.addresses);
  const { type, fingerprint, place } = random.pick(customer.keys);
  const port = 1024 + random.below(64_512);
  const from = `${address} port ${port}`;

  const monitor = `sshd[${nextPid()}]: `;
  yield `${monitor}Connection from ${from} on 192.0.2.1 port 22 rdomain ""`;
  nextPid(); // the process before authentication, which the monitor speaks for
  yield `${monitor}Accepted key ${type} ${fingerprint} found at ${place}`;
  yield `${monitor}Postponed publickey for ${name} from ${from} ssh2 [preauth]`;
  yield `${monitor}Accepted key ${type} ${fingerprint} found at ${place}`;
  yield `${monitor}Accepted publickey for ${name} from ${from} ssh2: ${type} ${fingerprint}`;
  yield `${monitor}pam_unix(sshd:session): session opened for user ${name}(uid=${uid}) by (uid=0)`;

  const childPid = nextPid();
  const child = `sshd[${childPid}]: `;
  yield `${monitor}User child is on pid ${childPid}`;
  yield `${child}Changed root directory to "/sftp-root/${name}"`;
  const command = 'internal-sftp -lVERBOSE -fLOCAL3 -u0007 -d/data -Psymlink';
  yield `${child}Starting session: forced-command (config) '${command}' for ${name} from ${from} id 0`;

  const server = `internal-sftp[${nextPid()}]: `;
  yield `${server}session opened for local user ${name} from [${address}]`;
  yield `${server}received client version 3`;
  for (let said = 0; said < length && !ended(); )
    for (const message of requests(customer, random)) {
      said++;
      yield server + message;
    }
  yield `${server}session closed for local user ${name} from [${address}]`;

  yield `${child}Close session: user ${name} from ${from} id 0`;
  yield `${child}Received disconnect from ${from}:11: disconnected by user`;
  yield `${child}Disconnected from user ${name} ${from}`;
  yield `${monitor}pam_unix(sshd:session): session closed for user ${name}`;
}
