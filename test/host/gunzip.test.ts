import { gzipSync } from 'node:zlib';
import { expect, test } from 'vitest';
import { gunzipped } from '../../src/host/gunzip.ts';

async function decoded(...chunks: Buffer[]): Promise<[text: string, damage: string[]]> {
  const damage: string[] = [];
  const given = async function* () {
    yield* chunks;
  };
  let text = '';
  for await (const chunk of gunzipped(given(), (reason) => damage.push(reason))) text += chunk.toString();
  return [text, damage];
}

const member = gzipSync('one\n');

test.each([
  ['one member', [member], 'one\n', []],
  ['several members', [member, member, Buffer.concat([member, member])], 'one\n'.repeat(4), []],
  ['a member in single bytes', [...member].map((byte) => Buffer.of(byte)), 'one\n', []],
  ['a member that is followed by zeros', [member, Buffer.alloc(300_000), Buffer.alloc(7)], 'one\n', []],
  ['an empty member', [gzipSync('')], '', []],
  ['a member without its end', [member.subarray(0, -3)], 'one\n', ['unexpected end of file']],
  [
    'a member with a wrong checksum',
    [Buffer.from(member).fill(0, member.length - 8, member.length - 4)],
    '',
    ['incorrect data check'],
  ],
])('%s', async (_what, chunks, text, damage) => expect(await decoded(...chunks)).toEqual([text, damage]));

test('a member that is followed by something else ends, whether that is told or not', async () => {
  const [text] = await decoded(member, Buffer.alloc(300_000, 'x'), Buffer.from('y'));
  expect(text).toBe('one\n');
});

test('a reader may stop in between', async () => {
  const given = async function* () {
    for (;;) yield gzipSync('x'.repeat(100_000));
  };
  for await (const chunk of gunzipped(given(), expect.unreachable)) {
    expect(chunk.length).toBeGreaterThan(0);
    break;
  }
});
