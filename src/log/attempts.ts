import type { LoginRecord } from './session.ts';

type Known = Partial<Pick<LoginRecord, 'user' | 'ip' | 'port' | 'method' | 'keyType' | 'fingerprint' | 'reason'>>;

/** Logins that were refused: one record for each connection, however often it tried. */
export class Attempts {
  private readonly byPid = new Map<number, LoginRecord>();
  /** Those of which a failure is known; others only connected. */
  private readonly failed = new Set<LoginRecord>();
  private readonly emit: (record: LoginRecord) => void;

  constructor(emit: (record: LoginRecord) => void) {
    this.emit = emit;
  }

  /** A connection came in; whoever had this pid before is gone. */
  begin(pid: number, record: () => Pick<LoginRecord, 'at' | 'host'>, known: Known): void {
    this.end(pid);
    this.byPid.set(pid, blank(record(), known));
  }

  /** It was refused something; the last word counts. */
  fail(pid: number, record: () => Pick<LoginRecord, 'at' | 'host'>, known: Known): void {
    let attempt = this.byPid.get(pid);
    if (attempt === undefined) {
      attempt = blank(record(), {});
      this.byPid.set(pid, attempt);
    }
    for (const [key, value] of Object.entries(known)) if (value != null) Object.assign(attempt, { [key]: value });
    this.failed.add(attempt);
  }

  succeed(pid: number): void {
    const attempt = this.byPid.get(pid);
    if (attempt === undefined) return;
    this.failed.delete(attempt);
    this.byPid.delete(pid);
  }

  end(pid: number): void {
    const attempt = this.byPid.get(pid);
    if (attempt === undefined) return;
    this.byPid.delete(pid);
    if (this.failed.delete(attempt)) this.emit(attempt);
  }

  /** When those began that are not over. */
  begun(): string[] {
    return [...this.byPid.values()].map(({ at }) => at);
  }

  endAll(): void {
    for (const pid of [...this.byPid.keys()]) this.end(pid);
  }
}

const blank = ({ at, host }: Pick<LoginRecord, 'at' | 'host'>, { ip = null, port = null }: Known): LoginRecord => ({
  at,
  host,
  user: null,
  ip,
  port,
  outcome: 'refused',
  method: null,
  keyType: null,
  fingerprint: null,
  reason: null,
});
