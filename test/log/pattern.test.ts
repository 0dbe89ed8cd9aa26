import { describe, expect, test } from 'vitest';
import { Pattern, PatternTable } from '../../src/log/pattern.ts';

/** The fields of a message, null where it does not match. The message stands in the middle of a buffer. */
function fields(text: string, message: string): string[] | null {
  const pattern = new Pattern(text);
  const bytes = Buffer.from(`<<<${message}>>>`, 'latin1');
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  if (!pattern.match(bytes, view, 3, bytes.length - 3)) return null;
  return pattern.starts.map((_, field) => pattern.text(bytes, field));
}

const CLOSE = 'close "{any}" bytes read {count} written {count}';

describe('a pattern', () => {
  test.each([
    ['close "/a" bytes read 0 written 5', ['/a', '0', '5']],
    ['close "" bytes read 0 written 0', ['', '0', '0']],
    ['close "/x" bytes read 0 written 5" bytes read 7 written 8', ['/x" bytes read 0 written 5', '7', '8']],
    ['close "/"" bytes read 1 written 2', ['/"', '1', '2']],
    ['close "/\xff\0" bytes read 1 written 2', ['/\xff\0', '1', '2']],
    ['close "/a" bytes read 00 written 99999999999999999999', ['/a', '00', '99999999999999999999']],
  ])('%j', (message, found) => {
    expect(fields(CLOSE, message)).toEqual(found);
  });

  test.each([
    'close "/a" bytes read 0 written',
    'close "/a" bytes read 0 written ',
    'close "/a" bytes read  written 5',
    'close "/a" bytes read 0 written 5 ',
    'close "/a" bytes read 0 written -5',
    'close "/a" bytes read 0 written 0x5',
    ' close "/a" bytes read 0 written 5',
    'close " bytes read 0 written 5',
    'close "/a" bytes read 0 written 5" bytes read 7 written',
    'forced close "/a" bytes read 0 written 5',
    'close',
    '',
  ])('not %j', (message) => {
    expect(fields(CLOSE, message)).toBeNull();
  });

  test.each([
    ['open "{any}" flags {flags} mode {octal}', 'open "/a" flags  mode 0666', ['/a', '', '0666']],
    [
      'open "{any}" flags {flags} mode {octal}',
      'open "/f" flags READ mode 0666" flags WRITE mode 0644',
      ['/f" flags READ mode 0666', 'WRITE', '0644'],
    ],
    ['open "{any}" flags {flags} mode {octal}', 'open "/a" flags read mode 0666', null],
    ['open "{any}" flags {flags} mode {octal}', 'open "/a" flags READ mode 0888', null],
    ['session opened for local user {word} from [{any}]', 'session opened for local user a from [::1]', ['a', '::1']],
    ['session opened for local user {word} from [{any}]', 'session opened for local user a from []', ['a', '']],
    ['session opened for local user {word} from [{any}]', 'session opened for local user  from [::1]', null],
    ['users-groups-by-id: {count} users, {count} groups', 'users-groups-by-id: 3 users, 0 groups', ['3', '0']],
    ['users-groups-by-id: {count} users, {count} groups', 'users-groups-by-id: 3 users, 0 groups!', null],
    ['set "{any}" modtime {time}', 'set "/a" modtime 20231114-22:13:20', ['/a', '20231114-22:13:20']],
    ['sent status Failure', 'sent status Failure', []],
    ['sent status Failure', 'sent status Failure ', null],
    ['rename old "{any}"', 'rename old "/a" new "/b"', ['/a" new "/b']],
    ['error: chdir to "{any}', 'error: chdir to "', ['']],
  ])('%s: %s', (text, message, found) => {
    expect(fields(text, message)).toEqual(found);
  });

  test('reads numbers as they stand', () => {
    const pattern = new Pattern(CLOSE);
    const bytes = Buffer.from('close "/a" bytes read 0 written 192062308');
    pattern.match(bytes, new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength), 0, bytes.length);
    expect([pattern.number(bytes, 1), pattern.number(bytes, 2)]).toEqual([0, 192_062_308]);
  });
});

describe('a table', () => {
  const rows = ['remove name "{any}"', 'rename old "{any}"', 'error: one {any}', 'error: {any}'].map((text) => ({
    text,
    pattern: new Pattern(text),
  }));
  const table = new PatternTable(rows);
  const ask = (message: string) => {
    const bytes = Buffer.from(message);
    const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
    return [table.find(bytes, view, 0, bytes.length)?.text, table.findByLead(view, 0, bytes.length)?.text];
  };

  test.each([
    ['rename old "/a" new "/b"', 'rename old "{any}"', 'rename old "{any}"'],
    ['error: one and two', 'error: one {any}', 'error: one {any}'],
    ['error: two', 'error: {any}', 'error: {any}'],
    ['remove name "/cut in the mid', undefined, 'remove name "{any}"'],
    ['remo', undefined, undefined],
    ['rem', undefined, undefined],
    ['', undefined, undefined],
    ['unknown', undefined, undefined],
  ])('%j', (message, whole, lead) => {
    expect(ask(message)).toEqual([whole, lead]);
  });
});
