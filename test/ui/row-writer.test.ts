import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { EntryReader } from '../../src/log/entry.ts';
import { Fold } from '../../src/log/fold.ts';
import { jsonLine } from '../../src/ui/json-line.ts';
import { RowWriter } from '../../src/ui/row-writer.ts';
import { runs } from '../log/runs.ts';

const HEAD = '2026-11-20T17:16:16.627150+00:00 sftp1 internal-sftp[365]: ';
const LETTERS: Readonly<Record<string, string>> = {
  '\\': '\\\\',
  ...{ '\x07': '\\a', '\b': '\\b', '\f': '\\f', '\n': '\\n', '\r': '\\r', '\t': '\\t', '\v': '\\v' },
};

/** As sshd writes them: log.c, with VIS_CSTYLE and VIS_OCTAL. */
const escaped = (name: Buffer): string =>
  [...name.toString('latin1')]
    .map((byte) => {
      const code = byte.charCodeAt(0);
      return LETTERS[byte] ?? (code < 0x20 || code > 0x7e ? `\\${code.toString(8).padStart(3, '0')}` : byte);
    })
    .join('');

interface Written {
  text: string;
  said: string;
  /** How many rows were left to who asked for them to be written. */
  left: number;
}

/** What is written of the transfers and changes of a session, and what jsonLine says of them. */
function write(messages: readonly string[]): Written {
  const written: Written = { text: '', said: '', left: 0 };
  const out = new RowWriter((bytes) => {
    written.text += Buffer.from(bytes).toString();
  });
  const fold = new Fold(50_000, {
    onSession() {},
    onLogin() {},
    onSettled({ transfers, changes }) {
      const left = (row: unknown) => {
        written.left++;
        return jsonLine(row);
      };
      out.names(transfers.bytes);
      out.transfers(transfers, (place) => left(transfers.transfer(place)));
      out.changes(changes, (place) => left(changes.change(place)));
      out.flush();
      const all = (length: number, row: (place: number) => unknown) =>
        Array.from({ length }, (_, place) => jsonLine(row(place))).join(',');
      written.said += all(transfers.length, (place) => transfers.transfer(place));
      written.said += all(changes.length, (place) => changes.change(place));
    },
  });
  const entry = new EntryReader({ timezone: 'UTC', firstYear: 2026 });
  for (const message of messages) {
    const line = Buffer.from(HEAD + message);
    if (entry.parse(line, 0, line.length)) fold.read(entry);
  }
  fold.end();
  return written;
}

const ofName = (name: string, other = name): string[] => [
  `open "${name}" flags READ mode 0666`,
  `close "${name}" bytes read 7 written 0`,
  `remove name "${name}"`,
  `posix-rename old "${name}" new "${other}"`,
  `hardlink old "${name}" new "${other}"`,
  `symlink old "${name}" new "${other}"`,
  `set "${name}" mode 0644`,
  'closedir "/"',
];

describe('rows are written as jsonLine says them', () => {
  test('whatever character is in a name, and none is left to who asked', () => {
    const name = fc.string({ unit: 'binary', maxLength: 20 }).filter((text) => !text.includes('"'));
    const property = fc.property(name, name, (one, other) => {
      const { text, said, left } = write(ofName(escaped(Buffer.from(one)), escaped(Buffer.from(other))));
      expect(text).toBe(said);
      expect(left).toBe(0);
    });
    fc.assert(property, runs(500));
  });

  test('each character that is escaped in JSON, or looks like one that is', () => {
    const points = [0, 0x1f, 0x20, 0x21, 0x5c, 0x7e, 0x7f, 0x80, 0x9f, 0xa0, 0x61b, 0x61c, 0x61d, 0x7ff, 0x800];
    const more = [0x200d, 0x200e, 0x200f, 0x2010, 0x2027, 0x2028, 0x202e, 0x202f, 0x2065, 0x2066, 0x2069, 0x206a];
    const last = [0xd7ff, 0xe000, 0xfeff, 0xffff, 0x1_0000, 0x10_ffff];
    for (const point of [...points, ...more, ...last]) {
      const { text, said, left } = write(ofName(escaped(Buffer.from(String.fromCodePoint(point)))));
      expect({ point, text, left }).toEqual({ point, text: said, left: 0 });
    }
  });

  test('bytes that are no UTF-8, which has more to say than a row', () => {
    const bytes = [
      ...[
        '\\200',
        '\\300\\200',
        '\\301\\277',
        '\\302',
        '\\302a',
        '\\340\\237\\277',
        '\\355\\240\\200',
        '\\360\\217\\277\\277',
      ],
      ...[
        '\\364\\220\\200\\200',
        '\\365\\200\\200\\200',
        '\\377',
        '\\777',
        '\\342\\202',
        '\\342\\202"',
        'a\\360\\237\\230',
      ],
    ];
    for (const name of bytes) {
      const { text, said, left } = write(ofName(`/data/${name}`));
      expect({ name, text, left: left > 0 }).toEqual({ name, text: said, left: true });
    }
  });

  test('backslashes that escape nothing', () => {
    for (const name of ['\\', 'a\\', '\\8', '\\08', '\\07', '\\q', '\\\\\\', '\\1234', '\\x41', '\\0411']) {
      const { text, said } = write(ofName(`/data/${name}`));
      expect(text).toBe(said);
    }
  });

  test('quotes in a name, and names that read in more than one way', () => {
    for (const [one, other] of [
      ['a"b', 'c'],
      ['a', 'c"d'],
      ['a" new "b', 'c'],
      ['', ''],
      ['" new ', ' new "'],
    ]) {
      const { text, said } = write(ofName(one ?? '', other));
      expect(text).toBe(said);
    }
  });

  test('a name of which each byte takes six', () => {
    const raw = Buffer.alloc(440, 1).toString('latin1');
    const { text, said, left } = write([`remove name "${raw}"`, 'closedir "/"']);
    expect(text).toBe(said);
    expect(left).toBe(0);
    expect(text.length).toBeGreaterThan(440 * 6);
  });
});
