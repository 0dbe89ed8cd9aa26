import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { describeMachine } from '../support/describe.ts';
import { bootMachine, type Machine } from '../support/machine.ts';
import { asPrinted, parseTranscript, shownBy } from './transcript.ts';

const transcripts = readdirSync(import.meta.dirname).filter((name) => name.endsWith('.txt'));

/** Every transcript is played in a machine of its own, as it would be typed. */
describeMachine('what an operator types and sees', (image) => {
  describe.each(transcripts)('%s', (name) => {
    let machine: Machine;
    beforeAll(async () => {
      machine = await bootMachine(image);
    });
    afterAll(() => machine?.close());

    it.each(parseTranscript(readFileSync(join(import.meta.dirname, name), 'utf8')))(
      '$line: $typed',
      async ({ typed, shown }) => {
        const { stdout, exitCode } = await machine.attempt('bash', ['-c', `cd /root && { ${typed}\n} 2>&1`]);
        const printed = shownBy(stdout, exitCode);
        expect(printed).toEqual(asPrinted(shown, printed));
      },
    );
  });
});
