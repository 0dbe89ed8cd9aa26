import { afterAll, beforeAll, expect, test } from 'vitest';
import { describeOverlay } from '../support/describe.ts';
import { type Overlay, openOverlay } from '../support/overlay.ts';

const STATE = '/var/lib/sftpjail';

describeOverlay('a command that may not begin', (suite) => {
  let overlay: Overlay;
  beforeAll(async () => {
    overlay = await openOverlay(suite);
  });
  afterAll(() => overlay?.close());

  test('says for whom it waits, and Ctrl-C ends the waiting with nothing changed', async () => {
    await overlay.sh(`mkdir -m 700 ${STATE}; echo 'init (pid 7)' > ${STATE}/lock`);
    const before = await overlay.tree(['/etc', STATE]);
    const holder = overlay.spawn('flock', ['--no-fork', `${STATE}/lock`, 'sleep', '600']);
    const waiting = overlay.spawn('sftpjail', ['init', '--yes']);
    let told = '';
    waiting.process.stderr?.on('data', (text: Buffer) => {
      told += text.toString();
    });
    await expect.poll(() => told, { timeout: 20_000 }).toBe('waiting for: init (pid 7)\n');
    waiting.kill('SIGINT');
    expect(await waiting.done).toMatchObject({
      exitCode: 130,
      stderr: 'waiting for: init (pid 7)\nsftpjail: error: interrupted, nothing changed\n',
    });
    expect(await overlay.tree(['/etc', STATE])).toEqual(before);
    holder.kill('SIGKILL');
    await holder.done;
    await overlay.sh(`rm -r ${STATE}`);
  });

  test.each([
    ['no JSON', 'init'],
    ['{"changes":7}', 'recover'],
    ['', 'add-user acme --generate-password'],
  ])('a journal that reads %j is refused by all: %s', async (text, command) => {
    await overlay.sh(`mkdir -m 700 ${STATE}`);
    await overlay.writeFile(`${STATE}/journal`, text);
    const { exitCode, stderr } = await overlay.attempt('sftpjail', [...command.split(' '), '--yes']);
    expect(stderr).toMatch(/^sftpjail: error: \/var\/lib\/sftpjail\/journal is damaged, .*\nsftpjail: hint: ls -l/m);
    expect(exitCode).toBe(4);
    expect(await overlay.readFile(`${STATE}/journal`)).toBe(text);
    await overlay.sh(`rm -r ${STATE}`);
  });
});
