import { defineConfig } from 'vitest/config';

const MINUTE = 60_000;

function rooted(name: string) {
  return {
    test: {
      name,
      include: [`test/${name}/**/*.test.ts`],
      globalSetup: ['test/support/prepare.ts'],
      testTimeout: 5 * MINUTE,
      hookTimeout: 5 * MINUTE,
      teardownTimeout: MINUTE,
    },
  };
}

export default defineConfig({
  test: {
    // Workers that are processes of their own: what they start dies with them (PR_SET_PDEATHSIG goes by thread).
    pool: 'forks',
    // Machines wait more than they compute.
    maxWorkers: 3,
    projects: [
      {
        test: {
          name: 'unit',
          include: ['test/{plan,conf,host,doctor,ui,log,cli,watch,ledger}/**/*.test.ts'],
          testTimeout: MINUTE,
        },
      },
      rooted('system'),
      rooted('machine'),
      rooted('transcripts'),
    ],
  },
});
