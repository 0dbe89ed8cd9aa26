import type { LoginRecord, Session } from '../../src/log/session.ts';
import type { Machine } from './machine.ts';

/** Both ways into the logs are queues: what was said before these lines stands there when they do. */
const SETTLED = `
until ! pgrep -f '[s]shd(-session)?: [^ ]+( .priv.|@)' > /dev/null; do sleep 0.05; done
logger -p auth.info -t settled "$1"
logger --socket /sftp-root/dev/log -t settled "$1"
until grep -q "settled.*$1" /var/log/auth.log && grep -q "settled.*$1" /var/log/sftp.log; do sleep 0.05; done
`;

/** What `sftpjail sessions` tells of a machine. */
export class ToldSessions {
  private readonly machine: Machine;
  private readonly known = new Set<string>();
  private marks = 0;

  constructor(machine: Machine) {
    this.machine = machine;
  }

  /** Waits until nobody is connected and the logs say all that there is to say. */
  async settled(): Promise<void> {
    await this.machine.sh(SETTLED, { args: [`${++this.marks}.${Date.now()}.`], timeout: 60_000 });
  }

  async ask(...args: string[]): Promise<Session[]> {
    return jsonLines<Session>((await this.machine.sftpjail('sessions', '--json', ...args)).stdout);
  }

  async logins(...args: string[]): Promise<LoginRecord[]> {
    return jsonLines<LoginRecord>((await this.machine.sftpjail('sessions', '--logins', '--json', ...args)).stdout);
  }

  /** The sessions that came of what `act` did, in the order in which they began. */
  async of(act: () => Promise<unknown>): Promise<Session[]> {
    await act();
    await this.settled();
    const fresh = (await this.ask()).filter(({ id }) => !this.known.has(id));
    for (const { id } of fresh) this.known.add(id);
    return fresh.sort((one, other) => ((one.opened ?? '') < (other.opened ?? '') ? -1 : 1));
  }

  /** The same for what makes one session. */
  async one(act: () => Promise<unknown>): Promise<Session> {
    const [session, ...others] = await this.of(act);
    if (session === undefined || others.length > 0)
      throw new Error(`${others.length + (session ? 1 : 0)} sessions came of it`);
    return session;
  }
}

const jsonLines = <Item>(text: string): Item[] =>
  text
    .split('\n')
    .filter(Boolean)
    .map((line) => JSON.parse(line) as Item);
