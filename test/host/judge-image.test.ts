import { expect, it } from 'vitest';
import { judgeConfigOfImage } from '../../src/commands/judge-self.ts';
import { openHost } from '../../src/host/host.ts';
import { bareDebian } from '../support/facts.ts';

const judged = (kind: 'image' | 'systemd', config: string | null) =>
  judgeConfigOfImage(openHost('/tmp'), { ...bareDebian, kind, self: { ...bareDebian.self, config } });

it('an image is not prepared with a configuration that it would not find', () => {
  expect(() => judged('image', '/root/other.yaml')).toThrow('would not use the configuration /root/other.yaml');
  expect(judged('image', null)).toBeUndefined();
  expect(judged('systemd', '/root/other.yaml')).toBeUndefined();
});
