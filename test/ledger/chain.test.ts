import { createHash, createHmac } from 'node:crypto';
import fc from 'fast-check';
import { describe, expect, it, test } from 'vitest';
import { Canonical, type Field } from '../../src/ledger/canonical.ts';
import {
  beginning,
  type Digests,
  digestsOfCheckpoint,
  digestsOfCorrection,
  digestsOfErasure,
  hexOf,
  parseHead,
  renderHead,
  Seal,
  type SealedChange,
  type SealedSession,
  type SealedTransfer,
  step,
} from '../../src/ledger/chain.ts';
import { runs } from '../log/runs.ts';
import { changeRow, sessionRow, transferRow } from './rows.ts';

type Written = [letter: string, ...fields: Field[]];

function bytesOf(records: readonly Written[]): Buffer {
  const pieces: Buffer[] = [];
  const into = { update: (piece: Buffer) => pieces.push(Buffer.from(piece)) } as never;
  const canonical = new Canonical(into);
  for (const [letter, ...fields] of records) {
    canonical.record(letter);
    for (const field of fields)
      if (typeof field === 'string') canonical.text(field);
      else if (field instanceof Uint8Array) canonical.bytes(field);
      else canonical.integer(field);
  }
  canonical.end();
  return Buffer.concat(pieces);
}

/** By the rule of the format and nothing else: what can be read back is spelled as nothing else is. */
function readBack(bytes: Buffer): Written[] {
  const records: Written[] = [];
  expect(bytes[0]).toBe(1);
  let at = 1;
  while (at < bytes.length) {
    const kind = bytes[at] as number;
    if (kind >= 0x41) {
      records.push([String.fromCharCode(kind)]);
      at++;
      continue;
    }
    const last = records.at(-1) as Written;
    if (kind === 0) last.push(null);
    else if (kind === 1) last.push(Number(bytes.readBigInt64BE(at + 1)));
    else {
      const end = at + 5 + bytes.readUInt32BE(at + 1);
      last.push(kind === 2 ? bytes.toString('utf8', at + 5, end) : new Uint8Array(bytes.subarray(at + 5, end)));
      at = end;
      continue;
    }
    at += kind === 0 ? 1 : 9;
  }
  return records;
}

const field: fc.Arbitrary<Field> = fc.oneof(
  fc.constant(null),
  fc.maxSafeInteger(),
  fc.string({ unit: 'binary', maxLength: 300 }),
  fc.uint8Array({ maxLength: 100 }),
);
const record = fc.tuple(fc.constantFrom('S', 'T', 'C', 'K'), fc.array(field, { maxLength: 15 }));

describe('the spelling of rows', () => {
  test('is read back as what was written, so that no two are alike', () => {
    fc.assert(
      fc.property(fc.array(record, { maxLength: 40 }), (records) => {
        const written = records.map(([letter, fields]): Written => [letter, ...fields]);
        expect(readBack(bytesOf(written))).toEqual(written);
      }),
      runs(300),
    );
  });

  test('of what is longer than the room for it is the same', () => {
    const written: Written[] = Array.from({ length: 5000 }, (_, at) => ['T', at, 'ä'.repeat(at % 900), null]);
    written.push(['T', 'x'.repeat(200_000)]);
    expect(readBack(bytesOf(written))).toEqual(written);
  });

  it('stands in bytes', () => {
    expect(bytesOf([['S', 'é', 258, -1, null, Uint8Array.of(7)]]).toString('hex')).toBe(
      '0153020000000' + '2c3a9' + '010000000000000102' + '01ffffffffffffffff' + '00' + '030000000107',
    );
  });

  it.each([1.5, Number.NaN, Infinity, 2 ** 53])('knows no %s', (value) =>
    expect(() => bytesOf([['S', value]])).toThrow(RangeError),
  );
});

interface Rows {
  session: SealedSession;
  transfers: SealedTransfer[];
  changes: SealedChange[];
}

const KEY = Buffer.alloc(32, 7);
const usual: Rows = { session: sessionRow(), transfers: [transferRow()], changes: [changeRow()] };

function seal({ session, transfers, changes }: Rows, key: Uint8Array = KEY, source = 1): Digests {
  const digests = new Seal(key);
  digests.session(session, source);
  for (const transfer of transfers) digests.transfer(transfer, source);
  for (const change of changes) digests.change(change, source);
  return digests.end();
}

const PERSONAL = {
  session: ['user_name', 'client_ip', 'client_port', 'key_fingerprint'],
  transfers: ['path', 'path_raw', 'error'],
  changes: ['path', 'path_raw', 'target', 'readings', 'attributes', 'error'],
} as const;

const other = (value: unknown): unknown => {
  if (typeof value === 'number') return value + 1;
  if (typeof value === 'string') return `${value}.`;
  return value === null ? 1 : null;
};

/** Every column of every table, with the rows in which it alone is another. */
const changed = (Object.keys(usual) as (keyof Rows)[]).flatMap((table) => {
  const row = table === 'session' ? usual.session : (usual[table][0] as SealedTransfer | SealedChange);
  return Object.entries(row).map(([column, value]): [string, string, Rows] => {
    const isText = /path_raw|target|readings|attributes|request|error|copied/.test(column);
    const mended = { ...row, [column]: value === null && isText ? (column === 'path_raw' ? KEY : 'x') : other(value) };
    return [table, column, { ...usual, [table]: table === 'session' ? mended : [mended] } as Rows];
  });
});

describe('an entry', () => {
  it.each(changed)('of which %s.%s is another is another', (table, column, rows) => {
    const [before, after] = [seal(usual), seal(rows)];
    const isPersonal = (PERSONAL[table as keyof Rows] as readonly string[]).includes(column);
    expect(hexOf(after.content) === hexOf(before.content)).toBe(isPersonal);
    // The rank of a row binds both of its parts to each other.
    if (column === 'n') expect(after.personal).not.toEqual(before.personal);
    else expect(hexOf(after.personal) === hexOf(before.personal)).toBe(!isPersonal);
  });

  it('read from another file is another', () =>
    expect(seal(usual, KEY, 2).content).not.toEqual(seal(usual, KEY, 1).content));

  it('tells a row that is missing, one that is there twice, and two that changed places', () => {
    const [one, two] = [transferRow(), transferRow({ n: 2, path: '/data/b' })];
    const entries = [[], [one], [two], [one, two], [two, one], [one, two, two]];
    const contents = entries.map((transfers) => hexOf(seal({ ...usual, transfers }).content));
    expect(new Set(contents).size).toBe(entries.length);
  });

  it('hides what is personal behind its key', () => {
    const [one, two] = [seal(usual), seal(usual, Buffer.alloc(32, 8))];
    expect(one.content).toEqual(two.content);
    expect(one.personal).not.toEqual(two.personal);
  });

  it('can be made again with other means', () => {
    const written: Written[] = [['S', 'acme', '192.0.2.7', 50_022, 'SHA256:abc']];
    expect(seal({ ...usual, transfers: [], changes: [] }).personal).toEqual(
      createHmac('sha256', KEY).update(bytesOf(written)).digest(),
    );
  });

  it('without anything personal is bound to each of its fields', () => {
    const correction = { session_id: 1, by_session_id: 2, reason: 'more of it', recorded_at: 5 };
    const erasure = { pseudonym: 'erased:1', sessions: 2, positions: '3,5', erased_at: 5 };
    const checkpoint = { position: 3, hash: KEY, hollow: '5-6', sums: '{}', before_at: 5, recorded_at: 6 };
    const others = <Row extends object>(row: Row): Row[] => [
      row,
      ...Object.entries(row).map(([column, value]) => ({
        ...row,
        [column]: value instanceof Uint8Array ? Buffer.alloc(32) : other(value),
      })),
    ];
    const contents = [
      ...others(correction).map(digestsOfCorrection),
      ...others(erasure).map(digestsOfErasure),
      ...others(checkpoint).map(digestsOfCheckpoint),
    ].map(({ content }) => hexOf(content));
    expect(new Set(contents).size).toBe(17);
  });
});

type Keyed = [key: Uint8Array<ArrayBuffer>, pid: number];

describe('the chain', () => {
  const entries = fc.array(fc.tuple(fc.uint8Array({ minLength: 32, maxLength: 32 }), fc.nat()), { maxLength: 20 });
  const digestsOf = ([key, pid]: Keyed): Digests => seal({ ...usual, session: sessionRow({ pid }) }, key);
  const headOf = (list: readonly Keyed[], host = 'sftp1'): Buffer =>
    list.reduce((hash, entry) => step(hash, digestsOf(entry)), beginning(host));

  test('ends elsewhere if one entry is another, missing, or stands in another place', () => {
    fc.assert(
      fc.property(entries, fc.nat(), (list, where) => {
        fc.pre(list.length > 1);
        const at = where % (list.length - 1);
        const [entry, next] = [list[at], list[at + 1]] as [Keyed, Keyed];
        const heads = [
          list,
          list.toSpliced(at, 1),
          list.toSpliced(at, 1, [entry[0], entry[1] + 1]),
          ...(hexOf(digestsOf(entry).content) === hexOf(digestsOf(next).content)
            ? []
            : [list.toSpliced(at, 2, next, entry)]),
        ].map((entries) => hexOf(headOf(entries)));
        expect(new Set(heads).size).toBe(heads.length);
      }),
      runs(100),
    );
  });

  it('goes on after a key and what it hid were erased', () => {
    const digests = seal(usual);
    const erased = seal({ ...usual, session: sessionRow({ user_name: 'erased-1' }) });
    expect(step(beginning('sftp1'), { content: erased.content, personal: digests.personal })).toEqual(
      step(beginning('sftp1'), digests),
    );
  });

  it('of one host is none of another', () => expect(headOf([], 'sftp1')).not.toEqual(headOf([], 'sftp2')));

  it('begins with a hash that never changes', () => {
    expect(hexOf(beginning('sftp1'))).toBe(
      createHash('sha256').update(Buffer.from('014802000000057366747031', 'hex')).digest('hex'),
    );
  });

  it('has a head that is read as it is printed', () => {
    const head = { position: 12, hash: beginning('sftp1') };
    expect(parseHead(renderHead(head))).toEqual(head);
    for (const text of [
      '',
      '12',
      '12:abc',
      `012:${hexOf(head.hash)}`,
      `12:${hexOf(head.hash)}0`,
      `-1:${hexOf(head.hash)}`,
    ])
      expect(parseHead(text)).toBeNull();
  });
});
