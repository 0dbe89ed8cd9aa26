import { defineConfig } from 'vitest/config';
import { compiled } from './scanner.config.mts';

const MINUTE = 60_000;

function rooted(name: string, setupFiles: string[] = []) {
  return {
    plugins: [compiled],
    test: {
      name,
      include: [`test/${name}/**/*.test.ts`],
      setupFiles,
      globalSetup: ['test/support/prepare.ts'],
      testTimeout: 5 * MINUTE,
      hookTimeout: 5 * MINUTE,
      teardownTimeout: MINUTE,
    },
  };
}

const LEDGER = rooted('ledger', ['test/support/seeded.ts']);

export default defineConfig({
  test: {
    // Workers that are processes of their own: what they start dies with them (PR_SET_PDEATHSIG goes by thread).
    pool: 'forks',
    // Machines wait more than they compute.
    maxWorkers: 3,
    projects: [
      {
        plugins: [compiled],
        test: {
          name: 'unit',
          include: ['test/{plan,conf,host,doctor,ui,log,cli,watch}/**/*.test.ts'],
          setupFiles: ['test/support/seeded.ts'],
          testTimeout: MINUTE,
          hookTimeout: MINUTE,
        },
      },
      // Needs a Node with SQLite of its own, 22.5 or later: see run.js.
      ...(process.getBuiltinModule('node:sqlite') === undefined ? [] : [LEDGER]),
      rooted('system'),
      rooted('machine'),
      rooted('transcripts'),
    ],
  },
});
