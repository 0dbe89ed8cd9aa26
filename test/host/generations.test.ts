import { describe, expect, it } from 'vitest';
import { generationsAmong, inOrderOfAge, parseGeneration } from '../../src/host/generations.ts';

describe("a log's generations", () => {
  it.each([
    ['/var/log/sftp.log', '/var/log/sftp.log', null, null, false],
    ['/var/log/sftp.log.1', '/var/log/sftp.log', 1, null, false],
    ['/var/log/sftp.log.12.gz', '/var/log/sftp.log', 12, null, true],
    ['secure-20261120', 'secure', null, '20261120', false],
    ['./secure-20261120.gz', './secure', null, '20261120', true],
    ['sftp.log-20261120-1763600000.xz', 'sftp.log', null, '20261120-1763600000', true],
    ['sftp.log.gz', 'sftp.log', null, null, true],
    ['.1', '.1', null, null, false],
    ['a\nb.1', 'a\nb', 1, null, false],
  ])('are known by their names: %j', (path, log, number, date, compressed) =>
    expect(parseGeneration(path)).toEqual({ log, number, date, compressed }),
  );

  it('are told from their neighbours', () => {
    const own = ['sftp.log', 'sftp.log.1', 'sftp.log.2.gz', 'sftp.log-20261120', 'sftp.log-20261113.xz'];
    const others = [
      'sftp.log.gz',
      'sftp.log.old',
      'sftp.log.1.swp',
      'sftp.logs',
      'xsftp.log.1',
      'sftp.log.1.1',
      'sftp.log-',
    ];
    expect(generationsAmong([...others, ...own], 'sftp.log')).toEqual(own);
  });

  it('are not taken twice while logrotate compresses one', () => {
    const names = ['sftp.log.2', 'sftp.log.2.gz', 'sftp.log-20261120', 'sftp.log-20261120.gz', 'sftp.log.3.gz'];
    expect(generationsAmong(names, 'sftp.log')).toEqual(['sftp.log.2', 'sftp.log-20261120', 'sftp.log.3.gz']);
  });

  const aged = (...files: [path: string, day: number | null][]) =>
    inOrderOfAge(files.map(([path, day]) => ({ path, modified: day === null ? null : new Date(2026, 0, day) }))).map(
      ({ path }) => path,
    );

  it('stand oldest first, whatever their times say', () => {
    expect(aged(['x', 1], ['x.1', 2], ['x.10.gz', 9], ['x.2.gz', 3])).toEqual(['x.10.gz', 'x.2.gz', 'x.1', 'x']);
    expect(aged(['x-20260103', 1], ['x', 9], ['x-20251231.gz', 8])).toEqual(['x-20251231.gz', 'x-20260103', 'x']);
  });

  it('of both styles stand by the times of the styles', () => {
    expect(aged(['x', 9], ['x.1', 2], ['x.2', 1], ['x-20260104', 4])).toEqual(['x.2', 'x.1', 'x-20260104', 'x']);
    expect(aged(['x', 9], ['x-20260104', 4], ['x.1', 8])).toEqual(['x-20260104', 'x.1', 'x']);
  });

  it('without a time are the newest', () => expect(aged(['x', null], ['y', 3])).toEqual(['y', 'x']));
});
