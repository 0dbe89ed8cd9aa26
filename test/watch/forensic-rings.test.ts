import { setFlagsFromString } from 'node:v8';
import { runInNewContext } from 'node:vm';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { LINE_TYPES } from '../../src/config.ts';
import { lineType } from '../../src/watch/forensic/line-type.ts';
import { Rings } from '../../src/watch/forensic/rings.ts';

const SECOND = 1_000_000;

/** As text that was read from a file is, in one piece. */
const asRead = (text: string): string => Buffer.from(text, 'latin1').toString('latin1');

/** Rings that are told what processes say, a line each millisecond. */
class Heard {
  readonly rings: Rings;
  at = 1_795_000_000 * SECOND;
  constructor(limits: { size?: number; memory?: number } = {}) {
    this.rings = new Rings({ size: 100, memory: 1 << 20, capture: new Set(LINE_TYPES), ...limits });
  }
  says(pid: number, ...texts: string[]): this {
    for (const text of texts) this.line('sshd', pid, text);
    return this;
  }
  serves(pid: number, ...texts: string[]): this {
    for (const text of texts) {
      this.rings.enterSession(pid, this.at, text.startsWith('session opened'), () => `${pid} ${this.at}`);
      this.line('sftp', pid, text);
    }
    return this;
  }
  /** A connection that gets as far as a session. */
  connects(monitor: number, port: number): this {
    const [child, server] = [monitor + 1, monitor + 2];
    return this.says(child, 'debug1: permanently_set_uid: 70000/995')
      .says(monitor, `Connection from 192.0.2.1 port ${port} on 198.51.100.1 port 22 rdomain ""`, 'debug1: KEX done')
      .says(monitor, `User child is on pid ${child}`)
      .says(child, `Starting session: forced-command (config) 'x' for acme from 192.0.2.1 port ${port} id 0`)
      .serves(server, 'session opened for local user acme from [192.0.2.1]', 'open "/data/a" flags READ mode 0666');
  }
  texts(session: string | null, port: number | null): string[] {
    const found = this.rings.find({ session, ip: '192.0.2.1', port });
    return this.rings.linesOf(found).lines.map(({ pid, text }) => `${pid} ${text.slice(0, 18)}`);
  }
  private line(program: 'sshd' | 'sftp', pid: number, text: string): void {
    this.at += 1000;
    this.rings.add({ program, pid, at: this.at, type: lineType(program, text), level: 6, text });
  }
}

describe('what is held of a session', () => {
  it('is what its processes said, by their stamps, though a process speaks before anybody says whose it is', () => {
    const heard = new Heard().connects(10, 5000);
    const [first, ...more] = heard.texts(null, 5000);
    expect([first, more.length]).toEqual(['11 debug1: permanentl', 4]);
    heard.says(11, 'debug1: session_by_pid: pid 12');
    // Now it is known whose sftp-server it was, by what sshd said of it and by the port alike.
    expect(heard.texts(null, 5000)).toContain('12 open "/data/a" fla');
  });

  it('is no line of another connection, nor of another session of the same one', () => {
    const heard = new Heard().connects(10, 5000).connects(20, 5001);
    heard.serves(30, 'session opened for local user acme from [192.0.2.1]', 'remove name "/data/x"');
    heard.says(11, 'debug1: session_by_pid: pid 12', 'debug1: session_by_pid: pid 30');
    expect(new Set(heard.texts(null, 5000).map((line) => line.slice(0, 2)))).toEqual(new Set(['10', '11', '12', '30']));
    const [id = ''] = [...heard.rings.find({ session: null, ip: '192.0.2.1', port: 5000 }).strands].flatMap(
      ({ pid, session }) => (pid === 12 && session ? [session] : []),
    );
    expect(new Set(heard.texts(id, 5000).map((line) => line.slice(0, 2)))).toEqual(new Set(['10', '11', '12']));
    // Without its port, as where several logins can be meant, sshd's own word for it is enough.
    expect(heard.texts(id, null)).toEqual(heard.texts(id, 5000));
  });

  it('begins anew where a pid or a port comes back', () => {
    const heard = new Heard().connects(10, 5000).connects(10, 5001).connects(40, 5000);
    expect(heard.texts(null, 5001).filter((line) => line.startsWith('10 Connection'))).toHaveLength(1);
    expect(new Set(heard.texts(null, 5000).map((line) => line.slice(0, 2)))).toEqual(new Set(['40', '41']));
  });

  it('is as much as it may be, and says how much is gone', () => {
    const heard = new Heard({ size: 5 }).connects(10, 5000);
    for (let line = 0; line < 50; line++) heard.says(11, `debug1: number ${line}`);
    const found = heard.rings.find({ session: null, ip: '192.0.2.1', port: 5000 });
    const { lines, lost } = heard.rings.linesOf(found);
    expect(lines.map(({ text }) => text)).toEqual([45, 46, 47, 48, 49].map((line) => `debug1: number ${line}`));
    expect(lost).toBe(5 + 50 - 5);
  });

  it('goes once nobody will ask for it, and stays as long as somebody may', () => {
    const heard = new Heard().says(9, 'debug1: Forked child 10.').connects(10, 5000);
    heard.says(70, 'Connection from 192.0.2.1 port 6000 on 198.51.100.1 port 22');
    heard.connects(80, 7000).says(81, 'Received disconnect from 192.0.2.1 port 7000:11: disconnected by user');
    heard.rings.sweep(heard.at + 60 * SECOND);
    expect(heard.rings.connections).toBe(3);
    heard.rings.sweep(heard.at + 900 * SECOND);
    expect([heard.rings.connections, heard.texts(null, 5000).length]).toEqual([1, 5]);
    heard.rings.release(heard.rings.find({ session: null, ip: '192.0.2.1', port: 5000 }));
    expect(heard.rings.connections).toBe(1);
    heard.says(10, 'debug1: do_cleanup');
    heard.rings.release(heard.rings.find({ session: null, ip: '192.0.2.1', port: 5000 }));
    expect([heard.rings.connections, heard.texts(null, 5000)]).toEqual([0, []]);
  });

  it('goes with the last of its processes, though its connection seems to go on', () => {
    const heard = new Heard().connects(10, 5000).serves(10, 'session opened for local user acme from [192.0.2.1]');
    heard.serves(11, 'stat name "/"');
    heard.rings.release(heard.rings.find({ session: null, ip: '192.0.2.1', port: 5000 }));
    expect(heard.rings.connections).toBe(0);
  });

  it('is bounded whatever comes, and counted to the byte', () => {
    const pid = fc.integer({ min: 1, max: 12 });
    const port = fc.integer({ min: 5000, max: 5006 });
    const step = fc.oneof(
      fc.tuple(fc.constant('connects'), pid, port),
      fc.tuple(fc.constant('says'), pid, fc.nat(3000)),
      fc.tuple(fc.constant('serves'), pid, fc.nat(3000)),
      fc.tuple(fc.constant('opens'), pid, port),
      fc.tuple(fc.constant('ends'), pid, port),
      fc.tuple(fc.constant('child'), pid, pid),
      fc.tuple(fc.constant('server'), pid, pid),
      fc.tuple(fc.constant('releases'), pid, port),
      fc.tuple(fc.constant('sweeps'), pid, fc.nat(2000)),
    );
    fc.assert(
      fc.property(fc.array(step, { maxLength: 400 }), fc.integer({ min: 1, max: 30 }), (steps, size) => {
        const memory = 20_000;
        const heard = new Heard({ size, memory });
        for (const [what, one, other] of steps) {
          const found = () => heard.rings.find({ session: null, ip: '192.0.2.1', port: other });
          if (what === 'connects') heard.connects(one, other);
          else if (what === 'says') heard.says(one, `debug1: ${'x'.repeat(other)}`);
          else if (what === 'serves') heard.serves(one, `stat name "${'x'.repeat(other)}"`);
          else if (what === 'opens') heard.serves(one, 'session opened for local user acme from [192.0.2.1]');
          else if (what === 'ends') heard.says(one, 'debug1: do_cleanup');
          else if (what === 'child') heard.says(one, `User child is on pid ${other}`);
          else if (what === 'server') heard.says(one, `debug1: session_by_pid: pid ${other}`);
          else if (what === 'releases') heard.rings.release(found());
          else heard.rings.sweep(heard.at + other * SECOND);
          expect(heard.rings.bytes).toBeLessThanOrEqual(memory);
          expect(heard.rings.linesOf(found()).lines.length).toBeLessThanOrEqual(size);
        }
        heard.rings.sweep(heard.at + 8 * 86_400 * SECOND);
        expect([heard.rings.bytes, heard.rings.connections]).toEqual([0, 0]);
      }),
      { numRuns: 300 },
    );
  });

  it('takes no more of the heap than it says', () => {
    setFlagsFromString('--expose_gc');
    const collect = runInNewContext('gc') as () => void;
    const memory = 16 << 20;
    const heard = new Heard({ size: 1024, memory });
    collect();
    const before = process.memoryUsage().heapUsed;
    for (let line = 0; line < 200_000; line++)
      heard.says(line % 3000, asRead(`debug1: line ${line} of somebody ${'x'.repeat(line % 80)}`));
    collect();
    const taken = process.memoryUsage().heapUsed - before;
    expect(heard.rings.bytes).toBeGreaterThan(memory * 0.99);
    console.log(`held ${heard.rings.bytes} bytes by count, ${taken} by the heap`);
    expect(taken).toBeLessThan(memory * 1.3);
  });
});
