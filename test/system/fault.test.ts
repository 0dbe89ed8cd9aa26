import { afterAll, beforeAll, expect, test } from 'vitest';
import { describeOverlay } from '../support/describe.ts';
import { type Overlay, openOverlay } from '../support/overlay.ts';

const PROGRAM = `
const fs = require('node:fs');
const { spawnSync, execFile } = require('node:child_process');
async function main() {
  fs.readFileSync('/etc/passwd');
  spawnSync('id', ['-u']);
  fs.mkdirSync('/tmp/t');
  fs.writeFileSync('/tmp/t/a', 'x');
  await fs.promises.rename('/tmp/t/a', '/tmp/t/b');
  await new Promise((done, failed) => fs.chmod('/tmp/t/b', 0o600, (error) => (error ? failed(error) : done())));
  await new Promise((done, failed) => execFile('touch', ['/tmp/t/c'], (error) => (error ? failed(error) : done())));
  fs.rmSync('/tmp/t', { recursive: true });
}
main().catch((error) => { console.error(error.code); process.exitCode = 9; });
`;

describeOverlay('fault.cjs', (suite) => {
  let overlay: Overlay;
  beforeAll(async () => {
    overlay = await openOverlay(suite);
    await overlay.writeFile('/root/program.cjs', PROGRAM);
  });
  afterAll(() => overlay?.close());

  async function runWith(fault: string) {
    await overlay.run('rm', ['-rf', '/tmp/t']);
    const env = { NODE_OPTIONS: '--require=/opt/test-support/fault.cjs', SFTPJAIL_FAULT: fault };
    return overlay.attempt('node', ['/root/program.cjs'], { env });
  }

  test('counts the touches and leaves looking alone', async () => {
    expect(await runWith('count:/tmp/count')).toMatchObject({ exitCode: 0, stderr: '' });
    expect((await overlay.readFile('/tmp/count')).trim().split('\n')).toEqual([
      '6',
      'mkdir /tmp/t',
      'writeFile /tmp/t/a x',
      'rename /tmp/t/a /tmp/t/b',
      'chmod /tmp/t/b 384',
      'run touch /tmp/t/c',
      'rm /tmp/t [object Object]',
    ]);
  });

  test('lets the n-th fail', async () => {
    expect(await runWith('fail:3')).toMatchObject({ exitCode: 9, stderr: 'EIO\n' });
    expect((await overlay.run('ls', ['/tmp/t'])).stdout).toBe('a\n');
    expect(await runWith('fail:5')).toMatchObject({ exitCode: 9, stderr: '1\n' });
    expect((await overlay.run('ls', ['/tmp/t'])).stdout).toBe('b\n');
    expect((await runWith('fail:7')).exitCode).toBe(0);
  });

  test('kills before the n-th', async () => {
    expect((await runWith('kill:2')).exitCode).toBe(137);
    expect((await overlay.run('ls', ['/tmp/t'])).stdout).toBe('');
  });
});
