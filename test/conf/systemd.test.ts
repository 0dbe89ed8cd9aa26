import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { mountUnitName, pathOfMount } from '../../src/conf/systemd.ts';

describe('the unit of a mount', () => {
  it.each([
    ['/sftp-root/acme/pool', 'sftp\\x2droot-acme-pool.mount'],
    ['/srv/jails/a_b-c/in.2027', 'srv-jails-a_b\\x2dc-in.2027.mount'],
    ['/data/x+y@z/pool', 'data-x\\x2by\\x40z-pool.mount'],
  ])('of %s is called as systemd-escape --path says: %s', (path, unit) => {
    expect(mountUnitName(path)).toBe(unit);
    expect(pathOfMount(unit)).toBe(path);
  });

  it('tells its path, whatever that is', () => {
    const part = fc.stringMatching(/^[A-Za-z0-9_+@][A-Za-z0-9._+@-]{0,9}$/);
    fc.assert(
      fc.property(fc.array(part, { minLength: 1 }), (parts) => {
        const path = `/${parts.join('/')}`;
        expect(pathOfMount(mountUnitName(path))).toBe(path);
      }),
    );
  });

  it('is told from other units', () => expect(pathOfMount('sftpjail-log.socket')).toBeNull());
});
