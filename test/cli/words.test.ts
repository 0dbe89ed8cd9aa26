import { describe, expect, it } from 'vitest';
import { commandFirst } from '../../src/program.ts';
import { shellQuote } from '../../src/quote.ts';
import { typed } from './typed.ts';

describe('the words of a command line', () => {
  it.each([
    ['--dry-run init', 'init --dry-run'],
    ['-ny --json add-user acme --key k', 'add-user -ny --json acme --key k'],
    ['--config file --sysroot=/image list-users', 'list-users --config file --sysroot=/image'],
    ['init --dry-run', 'init --dry-run'],
    ['--version', '--version'],
    ['--json', '--json'],
    ['--force init', '--force init'],
  ])('%s means: sftpjail %s', (given, meant) => expect(commandFirst(given.split(' ')).join(' ')).toBe(meant));

  it('reach the command, wherever the options stand', async () => {
    const { status, stdout } = await typed('--json', 'add-user', 'Acme Inc');
    expect(status).toBe(2);
    expect(JSON.parse(stdout()).error).toMatchObject({
      status: 2,
      message: '"Acme Inc" is not a usable login name',
    });
  });

  it.each([['init', '--json', '--force'], ['--json', 'frobnicate'], ['--json', 'add-user'], ['--json']])(
    'that make no sense are answered with an object for --json: %s %s %s',
    async (...words) => {
      const { status, stdout, stderr } = await typed(...words.filter(Boolean));
      expect(status).toBe(2);
      const { error } = JSON.parse(stdout());
      expect(error).toMatchObject({ status: 2, hint: 'sftpjail --help' });
      expect(stderr()).toBe(`sftpjail: error: ${error.message}\nsftpjail: hint: sftpjail --help\n`);
    },
  );

  it.each([
    ['plain-word.1', 'plain-word.1'],
    ['two words', "'two words'"],
    ["it's", "'it'\\''s'"],
    ['$(reboot)', "'$(reboot)'"],
    ['', "''"],
  ])('are handed back so that a shell reads them as they were: %j', (word, quoted) =>
    expect(shellQuote(word)).toBe(quoted),
  );
});
