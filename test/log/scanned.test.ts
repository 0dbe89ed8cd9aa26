import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { Fold, type LineCounts } from '../../src/log/fold.ts';
import { DEFAULT_DETAIL } from '../../src/log/read.ts';
import { Scanned } from '../../src/log/scanned.ts';
import { Scanner } from '../../src/log/scanner.ts';
import { newScannerParts } from '../../src/log/scanner-parts.ts';
import type { LoginRecord, Session } from '../../src/log/session.ts';
import { readSources } from '../../src/log/sources.ts';
import { sessions, settings } from './model/arbitrary.ts';
import { damagedLog } from './model/damage.ts';
import { writeLog } from './model/log.ts';
import { looseLines } from './model/loose-lines.ts';
import type { Ending } from './model/truth.ts';
import { asRsyslogWrites } from './model/two-logs.ts';
import { runs } from './runs.ts';
import { scannedPieces } from './scanned-pieces.ts';

const CLOCK = { year: 2026, timezone: 'UTC' };
const ENDINGS: readonly Ending[] = ['quit', 'drop', 'timeout', 'killed', 'fatal', 'terminated'];

interface Read {
  sessions: Session[];
  logins: LoginRecord[];
  lines: LineCounts;
}

/**
 * @param portions null for reading line by line
 * @param detail how many transfers and changes a session lists
 * @param isRelay see scannedPieces
 */
async function readAll(
  logs: readonly Buffer[],
  portions: readonly number[] | null,
  detail = DEFAULT_DETAIL,
  isRelay = false,
): Promise<Read> {
  const found: Read = { sessions: [], logins: [], lines: {} as LineCounts };
  const fold = new Fold(detail, {
    onSession: (session) => void found.sessions.push(session),
    onLogin: (login) => void found.logins.push(login),
  });
  const sources = logs.map((bytes) => {
    const chunks = async function* () {
      yield bytes;
    };
    return [{ chunks, ...(portions && { pieces: () => scannedPieces(bytes, portions, isRelay) }), year: CLOCK.year }];
  });
  await readSources(sources, CLOCK.timezone, fold);
  fold.end();
  return { ...found, lines: fold.lines };
}

const portionings = fc.array(fc.integer({ min: 1, max: 4000 }), { maxLength: 10 });

async function expectSame(bytes: Buffer, portions: readonly number[], detail = DEFAULT_DETAIL): Promise<void> {
  expect(await readAll([bytes], portions, detail)).toEqual(await readAll([bytes], null, detail));
}

describe('a scanner says what the lines say', () => {
  test('of sessions as they are', async () => {
    const written = fc.tuple(sessions({ most: 5, requests: 8, copies: true, endings: ENDINGS }), settings());
    await fc.assert(
      fc.asyncProperty(written, portionings, ([truths, how], portions) =>
        expectSame(writeLog(truths, how).bytes, portions),
      ),
      runs(200),
    );
  });

  test('of lines that make no sense together', async () => {
    const details = fc.oneof(fc.constant(DEFAULT_DETAIL), fc.nat(20));
    const property = fc.asyncProperty(looseLines(), portionings, details, (text, portions, detail) =>
      expectSame(Buffer.from(text), portions, detail),
    );
    await fc.assert(property, runs(1500));
  });

  test('where one goes on that another has begun', async () => {
    const property = fc.asyncProperty(looseLines(), portionings, async (text, portions) => {
      const logs = [Buffer.from(text)];
      expect(await readAll(logs, portions, DEFAULT_DETAIL, true)).toEqual(await readAll(logs, null));
    });
    await fc.assert(property, runs(300));
  });

  test('of the two logs of a host', async () => {
    const written = fc.tuple(sessions({ most: 4, requests: 8, copies: true, endings: ENDINGS }), settings());
    const property = fc.asyncProperty(written, portionings, async ([truths, how], portions) => {
      const { host, jail } = asRsyslogWrites(truths, { ...how, format: 'rfc3339' });
      const logs = [host, jail];
      expect(await readAll(logs, portions)).toEqual(await readAll(logs, null));
    });
    await fc.assert(property, runs(300));
  });

  test('of damaged logs', async () => {
    await fc.assert(
      fc.asyncProperty(damagedLog(), portionings, (bytes, portions) => expectSame(bytes, portions)),
      runs(500),
    );
  });

  test('of a run that two logs tell of, in whichever the next line stands', async () => {
    const at = (micros: number, message: string) =>
      `2026-11-20T17:16:16.${String(micros).padStart(6, '0')}+00:00 sftp1 internal-sftp[365]: ${message}\n`;
    const one = [
      at(1, 'session opened for local user alice from [192.0.2.7]'),
      ...[
        at(2, 'received client version 3'),
        at(3, 'remove name "/data/x"'),
        at(5, 'open "/data/b" flags READ mode 0666'),
      ],
    ];
    const logs = [one.join(''), at(4, 'sent status Failure')].map((text) => Buffer.from(text));
    expect(await readAll(logs, [])).toEqual(await readAll(logs, null));
  });

  test('of more files, hosts, sessions and lines than it follows at a time', async () => {
    const at = (host: string, pid: number, message: string) =>
      `2026-11-20T17:16:16.627150+00:00 ${host} internal-sftp[${pid}]: ${message}\n`;
    const opened = 'session opened for local user alice from [192.0.2.7]';
    const crowd = Array.from({ length: 5000 }, (_, n) => [
      at(`h${n % 70}`, n + 1, opened),
      at(`h${n % 70}`, n + 1, `mkdir name "/data/${n}" mode 0777`),
      at(`h${n % 70}`, n + 1, 'sent status Failure'),
    ]);
    const files = Array.from({ length: 20 }, (_, n) => at('h0', 9000, `open "/data/${n}" flags READ mode 0666`));
    const closes = files.map((_, n) => at('h0', 9000, `close "/data/${n}" bytes read ${n} written 0`));
    const short = '\n\r\nx\n'.repeat(40_000);
    const text = [
      at('h0', 9000, opened),
      ...crowd.flat(),
      short,
      ...files,
      ...closes,
      short,
      at('h0', 9000, 'closedir "/"'),
    ];
    await expectSame(Buffer.from(text.join('')), []);
  });

  test('goes through runs that never end, of pids that follow each other and come back, without a search through all', () => {
    const at = (pid: number, message: string) =>
      `2026-11-20T17:16:16.627150+00:00 sftp1 internal-sftp[${pid}]: ${message}\n`;
    const most = 97_000;
    const wave = (first: number, message: string) =>
      Array.from({ length: most }, (_, n) => at(first + n, message)).join('');
    const opened = 'session opened for local user alice from [192.0.2.7]';
    // The second has the same places as the first: this took minutes when they stood in the order of their pids.
    const bytes = Buffer.from(wave(1, opened) + wave(131_073, opened) + wave(131_073, 'stat name "/"'));
    const scanner = new Scanner(newScannerParts());
    let [position, lines] = [0, 0];
    const read = (into: Uint8Array) => {
      const length = bytes.copy(into, 0, position);
      position += length;
      return length;
    };
    while (scanner.fill(0, read) > 0) lines += new Scanned(scanner.memory, 0).lineCount;
    expect(lines).toBe(3 * most);
  });

  const line = (head: string, message = 'open "/data/x" flags READ mode 0666') => `${head}${message}\n`;
  const HEAD = '2026-11-20T17:16:16.627150+00:00 sftp1 internal-sftp[365]: ';
  const OPENED = line(HEAD, 'session opened for local user alice from [192.0.2.7]');

  test.each([
    ['a pid of ten digits', line(HEAD.replace('365', '9999999999'))],
    ...[8, 9, 10, 11].map((length): [string, string] => {
      const said = [
        line(HEAD, 'remove name "/data/y"'),
        line(HEAD.replace('365', '365'.padStart(length, '0')), 'sent status No such file'),
      ];
      return [`a pid that zeros make ${length} digits long`, said.join('')];
    }),
    ['a stamp before 1970', line(HEAD.replace('2026', '1926'))],
    ['a stamp after 2106', line(HEAD.replace('2026', '2126'))],
    ['milliseconds', line(HEAD.replace('627150', '627'))],
    ['nanoseconds', line(HEAD.replace('627150', '627150999'))],
    ['no fraction', line(HEAD.replace('.627150', ''))],
    ['a letter in the fraction', line(HEAD) + line(HEAD.replace('627150', '62715x'))],
    ['an offset', line(HEAD) + line(HEAD.replace('+00:00', '-02:30'))],
    ['a line of 499 bytes', line(HEAD, `stat name "/data/${'x'.repeat(482)}"`)],
    ['a line that was cut', line(HEAD, `open "/data/${'x'.repeat(488)}`)],
    ['a number of more digits than are exact', line(HEAD, 'close "/data/x" bytes read 9007199254740993 written 0')],
    [
      'a line that ends too early',
      ['remove name "/data/y"', 'users-groups-by-id: 12', 'sent status Failure']
        .map((text) => line(HEAD, text))
        .join(''),
    ],
    ['CRLF and empty lines', `\r\n${line(HEAD).replace('\n', '\r\n')}\n\r\n${line(HEAD)}`],
    [
      'a stamp without a year behind one with a year',
      `${line(HEAD)}${line('Nov 20 17:16:16 sftp1 internal-sftp[365]: ')}`,
    ],
    [
      'more hosts than are numbered',
      Array.from({ length: 1100 }, (_, n) => line(HEAD.replace('sftp1', `h${n}`))).join(''),
    ],
  ])('of %s', async (_, text) => {
    const bytes = Buffer.from(`\n${OPENED}${text}${line(HEAD, 'close "/data/x" bytes read 1 written 0')}`);
    await expectSame(bytes, []);
  });

  test('of NULs where the first stamp would be', async () => {
    const nuls = (message: string) => `${'\0'.repeat(19)}.627150+00:00 sftp1 internal-sftp[365]: ${message}\n`;
    const begin = nuls('session opened for local user alice from [192.0.2.7]');
    // More than is looked at to see what kind of log it is.
    await expectSame(Buffer.from(begin + nuls('stat name "/"').repeat(1000)), []);
  });

  test('and says it of what clients do all day without a line being read for itself', async () => {
    const path = '/data/in/ORDER_1234567.csv';
    const day = [
      ...['realpath "/data"', 'opendir "/data"', 'closedir "/data"', `stat name "${path}"`, 'sent status No such file'],
      ...[`open "${path}" flags WRITE,CREATE,TRUNCATE mode 0644`, `set "${path}" mode 0644`],
      ...[`set "${path}" modtime 20261119-22:13:20`, `fsync "${path}"`, `close "${path}" bytes read 0 written 1234`],
      ...[`open "${path}" flags READ mode 0666`, `open "/data/b" flags READ mode 0666`],
      ...[`close "/data/b" bytes read 7 written 0`, `close "${path}" bytes read 1234 written 0`],
      ...[`posix-rename old "${path}" new "${path}.done"`, `remove name "${path}.done"`],
      ...['mkdir name "/data/in" mode 0777', 'sent status Failure', 'rmdir name "/data/x"', 'sent status No such file'],
    ];
    const messages = [
      ...['session opened for local user acme from [192.0.2.7]', 'received client version 3'],
      ...Array.from({ length: 100 }, () => day).flat(),
      'session closed for local user acme from [192.0.2.7]',
    ];
    const bytes = Buffer.from(messages.map((message) => line(HEAD, message)).join(''));
    const scanner = new Scanner(newScannerParts());
    const whole = (into: Uint8Array) => bytes.copy(into);
    expect(scanner.fill(0, whole)).toBe(bytes.length);
    const { parts, lineCount } = new Scanned(scanner.memory, 0);
    const apart = messages.filter((_, place) => (parts[place] as number) < 0);
    expect(lineCount).toBe(messages.length);
    expect(apart).toEqual([messages[0], messages.at(-1)]);
    await expectSame(bytes, []);
  });

  test('of what sshd says of each login that is of no consequence, which is not read', async () => {
    const said = [
      ...[
        'Accepted key ED25519 SHA256:abc found at /etc/sftpjail/keys/acme:1',
        'Accepted key RSA SHA256:abc found at /k:2',
      ],
      ...[
        'Postponed publickey for acme from 192.0.2.7 port 4001 ssh2 [preauth]',
        'Changed root directory to "/srv/acme"',
      ],
      ...['Closing connection to 192.0.2.7 port 4001', 'pam_env(sshd:session): deprecated reading of user environment'],
    ];
    const told = [
      ...[
        'Accepted key for acme from 192.0.2.7 port 4001',
        'Changed root directory to "/srv',
        'Accepted key DSA SHA256:abc',
      ],
      ...['Closing connection to \r192.0.2.7', 'pam_unix(sshd:session): session closed for user acme'],
      ...['Postponed publickey for [preauth]', 'Closing connection to [preauth]', 'pam_env(sshd:session): [postauth]'],
    ];
    const messages = [...said, ...told, ...said];
    const bytes = Buffer.from(messages.map((text) => line(HEAD.replace('internal-sftp', 'sshd'), text)).join(''));
    const scanner = new Scanner(newScannerParts());
    scanner.fill(0, (into) => bytes.copy(into));
    const { parts, stretchCount } = new Scanned(scanner.memory, 0);
    expect(messages.filter((_, place) => (parts[place] as number) < 0)).toEqual(told);
    expect(stretchCount).toBe(1);
    await expectSame(bytes, []);
  });
});
