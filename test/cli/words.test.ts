import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { parseWords } from '../../src/program.ts';
import { shellQuote } from '../../src/quote.ts';
import { commandFirst, typedByHook } from '../../src/words.ts';
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
    ['--json ledger import a.log', 'ledger-import --json a.log'],
    ['ledger-import a.log', 'ledger-import a.log'],
    ['ledger --json', 'ledger --json'],
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

describe("what rsyslog's hook types is read without the parser, and as the parser reads it", () => {
  const words = fc.array(
    fc.constantFrom(
      ...['-n', '--dry-run', '-y', '--yes', '--json', '-q', '--quiet', '--no-color', '--config', '--sysroot'],
      ...['-nq', '--config=f', '--force', '--help', '--', '-', '', 'word', 'constructor'],
    ),
    { maxLength: 5 },
  );

  it('whatever stands behind refresh-links and ledger import', () => {
    fc.assert(
      fc.property(fc.constantFrom('refresh-links', 'ledger-import'), words, (command, rest) => {
        const typed = typedByHook([command, ...rest]);
        if (typed === null) return;
        const parsed = parseWords([command, ...rest]);
        expect({ color: true, ...typed.options }).toEqual(parsed?.options);
        expect(typed.operands).toEqual(parsed?.operands);
      }),
      { numRuns: 2000 },
    );
  });

  it.each([
    ['refresh-links', true],
    ['refresh-links --quiet --config /etc/sftpjail/config.yaml', true],
    ['refresh-links --config', false],
    ['refresh-links --force', false],
    ['list-users', false],
  ])('%s: %s', (line, isRead) => expect(typedByHook(line.split(' ')) !== null).toBe(isRead));
});
