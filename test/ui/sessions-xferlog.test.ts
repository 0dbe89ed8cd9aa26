import { describe, expect, it } from 'vitest';
import type { Session, Transfer } from '../../src/log/session.ts';
import { inOrderOfTime, sessionXferlog } from '../../src/ui/sessions-xferlog.ts';
import { session, transfer } from './session.ts';

const of = (given: Partial<Transfer>, owner: Partial<Session> = {}, zone = 'UTC') =>
  sessionXferlog(session({ ...owner, transfers: [transfer(given)] }), zone);
const text = (...args: Parameters<typeof of>) => of(...args).lines.map((line) => line.text);

describe('xferlog', () => {
  it('has a line for an upload and one for a download', () => {
    expect(text({})).toEqual(['Fri Nov 20 09:00:02 2026 3 192.0.2.7 1234 /data/a.txt b _ i r acme sftp 0 * c']);
    expect(text({ direction: 'download', bytesRead: 99, bytesWritten: 0 })).toEqual([
      'Fri Nov 20 09:00:02 2026 3 192.0.2.7 99 /data/a.txt b _ o r acme sftp 0 * c',
    ]);
  });

  it('is in local time, days padded as ctime does', () => {
    expect(text({ closed: '2026-11-04T23:30:00Z', opened: null }, {}, 'Europe/Berlin')[0]).toMatch(
      /^Thu Nov {2}5 00:30:00 2026 0 /,
    );
  });

  it('says what was not completed', () => {
    expect(text({ status: 'partial' })[0]).toMatch(/ \* i$/);
    expect(text({ status: 'unknown' })[0]).toMatch(/ \* i$/);
    expect(text({ bytesWritten: 0 })[0]).toContain(' 0 /data/a.txt b _ i ');
  });

  it('has a line for each way of a file that was read and written', () => {
    expect(
      text({ direction: 'both', bytesRead: 5, bytesWritten: 6 }).map((line) => line.split(' ').slice(7, 12).join(' ')),
    ).toEqual(['6 /data/a.txt b _ i', '5 /data/a.txt b _ o']);
  });

  it('leaves out what moved nothing over the wire', () => {
    const nothing = { lines: [], leftOut: 0 };
    expect(of({ status: 'failed', bytesWritten: null, exact: false })).toEqual(nothing);
    expect(of({ copy: 'certain' })).toEqual(nothing);
    expect(of({ direction: 'none', bytesWritten: 0 })).toEqual(nothing);
  });

  it('leaves out and counts what is not known', () => {
    expect(of({ bytesWritten: null, exact: false })).toEqual({ lines: [], leftOut: 1 });
    expect(of({ exact: false })).toEqual({ lines: [], leftOut: 1 });
    expect(of({ direction: 'both', bytesRead: null })).toEqual({ lines: [], leftOut: 1 });
    expect(of({}, { omitted: 12 }).leftOut).toBe(12);
    expect(of({ opened: null, closed: null }, { opened: null, closed: null })).toEqual({ lines: [], leftOut: 1 });
  });

  it('takes the time of the session where the transfer has none', () => {
    expect(text({ opened: null, closed: null })[0]).toMatch(/^Fri Nov 20 09:10:00 2026 0 /);
  });

  it.each([
    ['/data/two words.txt', '/data/two_words.txt'],
    ['/data/a\nb\tc\u001bd\u007fe', '/data/a_b_c_d_e'],
    ['/data/a\u00a0b\u2028c\u0085d', '/data/a_b_c_d'],
    ['/data/Grüße文件🎉', '/data/Grüße文件🎉'],
    ['/data/report(1).pdf', '/data/report(1).pdf'],
    ['/data/"quoted" [x]', '/data/"quoted"_[x]'],
    ['/data/open(', '/data/open_'],
    ['/data/)(', '/data/__'],
    ['/data/x"', '/data/x_'],
    ['/data/"(" [', '/data/_____'],
    ['/data/"("', '/data/"("'],
  ])('keeps the name %j in one word', (path, word) => {
    const [line = ''] = text({ path });
    expect(line.split(' ')[8]).toBe(word);
    expect(line.split(' ')).toHaveLength(18);
  });

  it('has words for whoever is not known', () => {
    expect(text({}, { user: null, client: { ip: null, port: null } })[0]).toContain(
      ' UNKNOWN 1234 /data/a.txt b _ i r ? sftp ',
    );
  });

  it('is put in order of time, for analysers that drop what comes late', () => {
    const lines = [
      ...of({ path: '/2', closed: '2026-11-20T09:00:02Z' }).lines,
      ...of({ path: '/1', closed: '2026-11-20T09:00:01Z' }).lines,
    ];
    expect(inOrderOfTime(lines).map((line) => line.split(' ')[8])).toEqual(['/1', '/2']);
  });
});
