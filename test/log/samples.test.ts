import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import { readLog } from '../../src/log/read.ts';

const SAMPLES = join(import.meta.dirname, '../samples');

const LOGS = readdirSync(SAMPLES, { recursive: true, encoding: 'utf8' })
  .filter((name) => name.endsWith('.log'))
  .sort();

interface Sample {
  log: Buffer;
  sessions: object[];
  logins: object[];
  lines: object;
  options: object;
}

/** Lines are taken as bytes: a sample may hold any. */
function parseSample(file: string): Sample {
  const lines = readFileSync(file, 'latin1').split('\n');
  const annotated = (mark: string): object[] =>
    lines
      .filter((line) => line.startsWith(`${mark} `))
      .map((line) => JSON.parse(Buffer.from(line.slice(mark.length), 'latin1').toString('utf8')));
  return {
    log: Buffer.from(lines.filter((line) => !line.startsWith('#')).join('\n'), 'latin1'),
    sessions: annotated('#='),
    logins: annotated('#login='),
    lines: Object.assign({ unknown: 0 }, ...annotated('#lines=')),
    options: Object.assign({ timezone: 'UTC' }, ...annotated('#read=')),
  };
}

describe('annotated logs', () => {
  test.each(LOGS)('%s', (name) => {
    const sample = parseSample(join(SAMPLES, name));
    const { sessions, logins, lines } = readLog(sample.log, sample.options);
    expect(sessions).toMatchObject(sample.sessions);
    if (sample.logins.length > 0) expect(logins).toMatchObject(sample.logins);
    expect(lines).toMatchObject(sample.lines);
  });
});
