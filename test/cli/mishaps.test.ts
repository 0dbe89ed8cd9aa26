import { mkdirSync, mkdtempSync, realpathSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { fromErrno } from '../../src/errors.ts';
import { typed } from './typed.ts';

const SERVICE = '10-sftpjail.conf';

describe('what stands in the way is said, and is no bug', () => {
  let image: string;
  beforeEach(() => {
    image = realpathSync(mkdtempSync(join(tmpdir(), 'sftpjail mishaps-')));
    for (const folder of ['etc/sftpjail', 'var/lib/sftpjail']) mkdirSync(join(image, folder), { recursive: true });
  });
  afterEach(() => rmSync(image, { recursive: true }));
  const render = (...words: string[]) => typed('render-config', SERVICE, '--sysroot', image, ...words);

  it.each(['', '{', '{}', '[1]'])('a record of what we made that says: %j', async (text) => {
    writeFileSync(join(image, 'var/lib/sftpjail/made.json'), text);
    const { status, stderr } = await render();
    expect(status).toBe(4);
    expect(stderr()).toContain('error: /var/lib/sftpjail/made.json is damaged');
    expect(stderr()).toContain('hint: restore it from a backup');
  });

  it('a folder in the place of a file', async () => {
    mkdirSync(join(image, 'var/lib/sftpjail/made.json'));
    const { status, stderr } = await render();
    expect(status).toBe(4);
    expect(stderr()).toContain(`made.json is a folder, not a file\nsftpjail: hint: ls -ld '${image}/var`);
  });

  it('a symlink that leads to itself', async () => {
    symlinkSync('passwd', join(image, 'etc/passwd'));
    expect(await render()).toMatchObject({ status: 4 });
  });

  it('a configuration that cannot be read, named so that a shell reads one word', async () => {
    const { status, stderr } = await typed('init', '--config', join(image, 'no such file'));
    expect(status).toBe(4);
    expect(stderr()).toContain(`hint: ls -l '${image}/no such file'\n`);
  });

  it.each([
    ['ENOSPC', 'df -h; df -i'],
    ['EROFS', 'findmnt --options ro'],
    ['EACCES', 'run it as root, with sudo'],
    ['ELOOP', "namei -l '/a b'"],
  ])('%s of any system call', (code, hint) =>
    expect(fromErrno(Object.assign(new Error(`${code}: said`), { code, path: '/a b' }))).toMatchObject({
      outcome: 'refused',
      message: `${code}: said`,
      hint,
    }),
  );

  it('anything else is a bug of ours', () => {
    expect(fromErrno(new TypeError('x is undefined'))).toBeNull();
    expect(fromErrno(Object.assign(new Error('ENOENT'), { code: 'ENOENT' }))).toBeNull();
  });

  it('a symlink that enables a unit and is missing, which --diff shows', async () => {
    const { status, stdout } = await typed('render-config', '--diff', '--sysroot', image);
    expect(status).toBe(3);
    expect(stdout()).toMatch(/^ {2}\+ symlink \/etc\/systemd\/system\/sockets\.target\.wants\/sftpjail-log\.socket /m);
  });

  it('the usual configuration means the same whether it is named or not', async () => {
    const usual = join(image, 'etc/sftpjail/config.yaml');
    const other = join(image, 'etc/other.yaml');
    for (const file of [usual, other]) writeFileSync(file, '');
    expect((await render('--config', usual)).stdout()).toBe((await render()).stdout());
    expect((await render('--config', `${image}/etc/../etc/sftpjail/config.yaml`)).stdout()).not.toContain('--config');
    expect((await render('--config', other)).stdout()).toContain(`--config ${other}`);
  });
});
