import { chmodSync, mkdirSync, mkdtempSync, renameSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { judgeSelf } from '../../src/commands/judge-self.ts';

describe.runIf(process.getuid?.() === 0)('the package that root runs', () => {
  let top: string;
  let folder: string;
  beforeEach(() => {
    // Not below /tmp, which anybody can write to.
    top = mkdtempSync('/root/sftpjail-judge-');
    folder = join(top, 'sftpjail');
    for (const at of ['bin', 'dist', 'templates/etc/ssh']) mkdirSync(join(folder, at), { recursive: true });
    for (const at of ['package.json', 'bin/sftpjail.js', 'dist/cli.cjs', 'templates/etc/ssh/conf'])
      writeFileSync(join(folder, at), '');
  });
  afterEach(() => rmSync(top, { recursive: true }));

  const judged = (config: string | null = null) => {
    const script = join(folder, 'bin/sftpjail.js');
    return judgeSelf({ self: { node: script, script, config } }, folder);
  };

  it('is accepted below a folder that only root can enter', () => expect(judged()).toBeUndefined());

  it.each(['dist', 'dist/cli.cjs', 'templates/etc/ssh', 'templates/etc/ssh/conf', 'bin/sftpjail.js', 'package.json'])(
    'is refused when a group can write %s',
    (at) => {
      chmodSync(join(folder, at), 0o775);
      expect(() => judged()).toThrow(`${join(folder, at)} can be written by others than root (mode 775)`);
    },
  );

  it('is refused when a file of it is a symlink, or a folder above it is another’s', () => {
    renameSync(join(folder, 'dist/cli.cjs'), join(top, 'elsewhere'));
    symlinkSync('../../elsewhere', join(folder, 'dist/cli.cjs'));
    expect(() => judged()).toThrow('dist/cli.cjs is a symlink');
    chmodSync(top, 0o777);
    expect(() => judged()).toThrow(`${top} can be written by others than root`);
  });

  it('may not read a configuration through a symlink, nor one that is another’s', () => {
    const config = join(top, 'config.yaml');
    symlinkSync(join(folder, 'package.json'), config);
    expect(() => judged(config)).toThrow(`${config} is a symlink`);
  });
});
