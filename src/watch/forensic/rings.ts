import type { LineType } from '../../config.ts';
import { CONNECTION, type Connection, toldBy } from './connection.ts';
import { type HeldLine, Strand } from './strand.ts';

/** A line as it was read. */
export interface ReadLine extends HeldLine {
  program: 'sshd' | 'sftp';
}

export interface RingLimits {
  /** Lines of one session. */
  size: number;
  /** Bytes of all that is held. */
  memory: number;
  capture: ReadonlySet<LineType>;
}

/** Whose lines are asked for: a session by its id, a connection by its address. */
export interface Wanted {
  session: string | null;
  ip: string | null;
  port: number | null;
}

/** What is held of somebody. */
export interface Found {
  connection: Connection | null;
  strands: Strand[];
}

/**
 * Microseconds for which a process that is silent is waited for: one of a connection that is over, one that nobody has
 * logged in to, a session that has ended and that nobody has asked for, and any.
 */
const [OVER, NOBODYS, ENDED, ANY] = [120_000_000, 600_000_000, 3_600_000_000, 604_800_000_000];

const LONGEST = 1000;

/**
 * The last lines of every connection and of its processes, in bounded memory: where there is no room for another line, the
 * process that has been silent for longest loses its oldest. It knows no clock but the stamps of the lines.
 */
export class Rings {
  /** Bytes that are taken. */
  bytes = 0;
  private readonly limits: RingLimits;
  /** The one that has been silent for longest first. */
  private readonly order = new Set<Strand>();
  private readonly byPid = new Map<number, Strand>();
  private readonly bySession = new Map<string, Strand>();
  private readonly byAddress = new Map<string, Connection>();

  constructor(limits: RingLimits) {
    this.limits = limits;
  }

  get connections(): number {
    return this.byAddress.size;
  }

  add({ program, ...line }: ReadLine): void {
    let strand = this.byPid.get(line.pid) ?? this.begin(line.pid, line.at);
    if (program === 'sshd') strand = this.learn(strand, line);
    else strand.hear(line.text);
    this.order.delete(strand);
    this.order.add(strand);
    strand.last = line.at;
    if (this.limits.capture.has(line.type)) this.hold(strand, line);
    this.makeRoom();
  }

  /**
   * A line of sftp-server is about to be added: of the session that its process is, or of a new one.
   *
   * @param isFirst whether it is the first of a session, whatever is known of the process
   * @param id of the session, if it is a new one
   */
  enterSession(pid: number, at: number, isFirst: boolean, id: () => string): void {
    let strand = this.byPid.get(pid);
    if (strand !== undefined && strand.session !== null && !isFirst) return;
    if (strand === undefined || strand.session !== null) strand = this.begin(pid, at);
    strand.session = id();
    this.bySession.set(strand.session, strand);
  }

  find({ session, ip, port }: Wanted): Found {
    const own = session === null ? undefined : this.bySession.get(session);
    const connection = (port === null ? undefined : this.byAddress.get(`${ip} ${port}`)) ?? own?.connection ?? null;
    const all = [...(connection?.strands ?? [])];
    // Of several sessions of a connection each has its own lines.
    const strands = session === null ? all : all.filter((strand) => strand.session === null);
    if (own && !strands.includes(own)) strands.push(own);
    return { connection, strands };
  }

  /** Their lines, by their stamps, as many as a session may have. @returns how many of them were let go before */
  linesOf({ connection, strands }: Found): { lines: HeldLine[]; lost: number } {
    const all = strands.flatMap((strand) => strand.held()).sort((one, other) => one.at - other.at);
    const lines = all.slice(-this.limits.size);
    const lost = strands.reduce((sum, strand) => sum + strand.lost, connection?.lost ?? 0);
    return { lines, lost: lost + all.length - lines.length };
  }

  /** Nothing more is to be told of them; a connection that goes on is kept. */
  release({ connection, strands }: Found): void {
    const goesOn = connection !== null && !connection.isShut && connection.child !== null && !connection.isOver;
    for (const strand of strands) if (strand.session !== null || !goesOn) this.drop(strand);
    // Sweeping goes by processes: a connection that none is left of would stay for ever.
    if (connection !== null && (!goesOn || connection.strands.size === 0)) this.forget(connection);
  }

  /** Lets go what nobody will ask for. */
  sweep(now: number): void {
    for (const strand of this.order) {
      const silence = now - strand.last;
      if (silence < OVER) return;
      const { connection } = strand;
      if (silence > patienceWith(strand)) this.drop(strand);
      if (connection !== null && connection.strands.size === 0) this.forget(connection);
    }
  }

  private begin(pid: number, at: number): Strand {
    const strand = new Strand(pid, at);
    this.byPid.set(pid, strand);
    this.order.add(strand);
    this.bytes += strand.bytes;
    return strand;
  }

  private hold(strand: Strand, line: HeldLine): void {
    const before = strand.bytes;
    const { text } = line;
    strand.push(text.length > LONGEST ? { ...line, text: `${text.slice(0, LONGEST)}...` } : line);
    if (strand.length > this.limits.size) strand.shift();
    this.bytes += strand.bytes - before;
  }

  /** @returns the strand that the line belongs to */
  private learn(strand: Strand, { text, pid, at }: HeldLine): Strand {
    const told = toldBy(text);
    const { connection } = strand;
    switch (told?.what) {
      case 'connection': {
        // A process serves one connection: this is another one of the same number.
        const own = connection === null && strand.session === null ? strand : this.begin(pid, at);
        this.connect(own, told, at);
        return own;
      }
      case 'child': {
        if (connection === null) return strand;
        const known = this.byPid.get(told.pid);
        const isOurs = known && known.session === null && (known.connection ?? connection) === connection;
        this.link(isOurs ? known : this.begin(told.pid, at), connection);
        connection.child = told.pid;
        return strand;
      }
      case 'session': {
        const found = this.byAddress.get(`${told.ip} ${told.port}`);
        if (connection === null && found) this.link(strand, found);
        return strand;
      }
      case 'server': {
        const server = this.byPid.get(told.pid);
        if (connection !== null && server && server.connection === null) this.link(server, connection);
        return strand;
      }
    }
    if (connection === null) return strand;
    if (told?.what === 'raw') connection.raw = { in: told.in, out: told.out };
    if (told?.what === 'shut' && pid === connection.monitor) connection.isShut = true;
    else if (told?.what === 'over' || told?.what === 'shut') connection.isOver = true;
    return strand;
  }

  private connect(strand: Strand, told: { ip: string; port: number; server: string }, at: number): void {
    const { ip, port, server } = told;
    const name = `${ip} ${port}`;
    const before = this.byAddress.get(name);
    if (before) this.forget(before);
    const connection: Connection = {
      ...{ ip, port, server, began: at, monitor: strand.pid, child: null, strands: new Set<Strand>(), lost: 0 },
      ...{ raw: null, isOver: false, isShut: false },
    };
    this.byAddress.set(name, connection);
    this.bytes += CONNECTION;
    this.link(strand, connection);
  }

  private link(strand: Strand, connection: Connection): void {
    strand.connection = connection;
    connection.strands.add(strand);
  }

  private makeRoom(): void {
    while (this.bytes > this.limits.memory) {
      const [oldest] = this.order;
      if (oldest === undefined) return;
      if (oldest.length > 0) {
        const before = oldest.bytes;
        oldest.shift();
        this.bytes += oldest.bytes - before;
        if (oldest.length > 0) continue;
      }
      const { connection, lost } = oldest;
      this.drop(oldest);
      if (connection === null) continue;
      connection.lost += lost;
      if (connection.strands.size === 0) this.forget(connection);
    }
  }

  private drop(strand: Strand): void {
    if (!this.order.delete(strand)) return;
    this.bytes -= strand.bytes;
    strand.connection?.strands.delete(strand);
    if (this.byPid.get(strand.pid) === strand) this.byPid.delete(strand.pid);
    if (strand.session !== null && this.bySession.get(strand.session) === strand) this.bySession.delete(strand.session);
  }

  /** Its address can be that of another one. What is left of its strands stays until it has been silent for long. */
  private forget(connection: Connection): void {
    const name = `${connection.ip} ${connection.port}`;
    if (this.byAddress.get(name) !== connection) return;
    this.byAddress.delete(name);
    this.bytes -= CONNECTION;
  }
}

function patienceWith({ connection, session, isEnded }: Strand): number {
  if (session !== null) return isEnded ? ENDED : ANY;
  if (connection?.isOver || connection?.isShut) return OVER;
  return connection === null || connection.child === null ? NOBODYS : ANY;
}
