import { mkdirSync, mkdtempSync, realpathSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { type Host, openHost } from '../../src/host/host.ts';
import { readIncluded } from '../../src/host/included.ts';

describe('a path of a mounted image', () => {
  let top: string;
  let image: Host;
  beforeEach(() => {
    top = realpathSync(mkdtempSync(join(tmpdir(), 'sftpjail-image-')));
    for (const folder of ['image/etc/real', 'image/var', 'image-secret', 'secret'])
      mkdirSync(join(top, folder), { recursive: true });
    writeFileSync(join(top, 'secret/a.conf'), 'not of the image');
    image = openHost(join(top, 'image'));
  });
  afterEach(() => rmSync(top, { recursive: true }));
  const link = (to: string, at: string) => symlinkSync(to, join(top, 'image', at));

  it('is found below it, whether it exists or not', () => {
    expect(image.path('/etc/real/file')).toBe(join(top, 'image/etc/real/file'));
    expect(image.path('/no/such/folder')).toBe(join(top, 'image/no/such/folder'));
    expect(image.path('/')).toBe(join(top, 'image/'));
  });

  it('may pass a symlink that stays in it', () => {
    link('real', 'etc/other');
    expect(image.path('/etc/other/file')).toBe(join(top, 'image/etc/other/file'));
  });

  it.each([
    ['an absolute one', '/etc/real'],
    ['one that is dangling', '/no/such/folder'],
    ['one that climbs out', '../../secret'],
    ['one whose target begins like the image', '../../image-secret'],
    ['one that leads to itself', 'logrotate.d'],
  ])('is refused behind a symlink that leads out of it: %s', (_what, to) => {
    link(to, 'etc/logrotate.d');
    expect(() => image.path('/etc/logrotate.d/sftpjail')).toThrow(/etc\/logrotate\.d leads out of the image/);
    expect(() => image.path('/etc/logrotate.d/deeper/sftpjail')).toThrow('leads out of the image');
  });

  it('may be a symlink to anywhere as long as it is not followed', () => {
    link(join(top, 'secret/a.conf'), 'etc/a.conf');
    expect(image.path('/etc/a.conf')).toBe(join(top, 'image/etc/a.conf'));
    expect(() => image.followed('/etc/a.conf')).toThrow(`leads out of the image, to ${join(top, 'secret/a.conf')}`);
  });

  it('is refused, and not passed over, where a configuration includes it', () => {
    link(join(top, 'secret'), 'etc/rsyslog.d');
    expect(() => readIncluded(image, '/etc/rsyslog.d/*.conf')).toThrow('leads out of the image');
  });

  it('is not looked at on this machine', () => expect(openHost().path('/any/where')).toBe('/any/where'));
});
