import { describe, expect, it } from 'vitest';
import { judgeKeyOptions } from '../../src/conf/key-options.ts';

describe('options in front of a key', () => {
  it.each([
    '',
    'restrict',
    'from="10.0.0.0/8,!10.1.0.0/16"',
    'no-X11-forwarding,NO-PTY',
    'from="a",restrict,command="echo \\"x, y\\" \\\\ z",expiry-time="20301231"',
  ])('that sshd knows: %s', (options) => expect(judgeKeyOptions(options)).toBeNull());

  it.each([
    ['form="10.0.0.1"', 'it knows no option form'],
    ['restrict,typo', 'it knows no option typo'],
    ['from', 'its option from lacks value'],
    ['restrict="yes"', 'its option restrict takes no value'],
    ['from="10.0.0.1', 'its options cannot be read from here on: from="10.0.0.1'],
    ['restrict,', 'its options cannot be read from here on: restrict,'],
    ['from=10.0.0.1', 'its options cannot be read from here on: from=10.0.0.1'],
  ])('for which it would pass over the key: %s', (options, why) => expect(judgeKeyOptions(options)).toBe(why));
});
