import fc from 'fast-check';
import { expect, test } from 'vitest';
import { Mentions } from '../../src/log/mentions.ts';
import { openSearchRoom, SearchRoom } from '../../src/log/search-room.ts';
import { runs } from './runs.ts';

/** Few letters, so that much of a word is found where the word is not. */
const text = (least: number, most: number) =>
  fc
    .string({ unit: fc.constantFrom('a', 'b', ' ', '\0'), minLength: least, maxLength: most })
    .map((all) => Buffer.from(all));

test('a word is found where indexOf finds it, and not behind the end of what is searched', () => {
  const property = fc.property(
    text(1, 20),
    text(0, 300),
    fc.nat(20),
    fc.nat(300),
    fc.nat(300),
    (word, all, rare, from, to) => {
      const room = new SearchRoom(word, rare % word.length, all.length);
      all.copy(room.bytes);
      const searched = room.bytes.subarray(0, to);
      expect(room.holds(searched)).toBe(true);
      expect(room.indexOf(searched, from)).toBe(all.subarray(0, to).indexOf(word, from));
    },
  );
  fc.assert(property, runs(1000));
});

test('a word that begins or ends with the room is found', () => {
  const room = new SearchRoom(Buffer.from('acme '), 3, 100_000);
  room.bytes.fill('x');
  room.bytes.write('acme ', 0);
  room.bytes.write('acme ', 99_995);
  expect(room.indexOf(room.bytes, 0)).toBe(0);
  expect(room.indexOf(room.bytes, 1)).toBe(99_995);
  expect(room.indexOf(room.bytes, 99_996)).toBe(-1);
});

test('there is none for a word that is too long, or where there is no memory: mentions are found all the same', () => {
  expect(openSearchRoom(Buffer.alloc(1025), 0, 10)).toBeNull();
  expect(openSearchRoom(Buffer.from('a'), 0, 2 ** 40)).toBeNull();
  const user = 'u'.repeat(2000);
  const mentions = new Mentions(user);
  const line = Buffer.from(`for ${user} session for ${user} from ::1`);
  const bytes = mentions.room(10_000);
  line.copy(bytes);
  expect(mentions.next(bytes.subarray(0, line.length), 0)).toBe(line.lastIndexOf(' for '));
});

test('mentions are found in the room and outside of it', () => {
  const mentions = new Mentions('acme');
  const text = 'session opened for local user acme from [::1]';
  const bytes = mentions.room(1000);
  bytes.fill(0);
  bytes.write(text, 500);
  expect(mentions.next(bytes.subarray(), 0)).toBe(500 + text.indexOf(' user'));
  expect(mentions.next(Buffer.from(text), 0)).toBe(text.indexOf(' user'));
});
