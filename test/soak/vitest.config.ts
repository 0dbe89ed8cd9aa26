import { defineConfig } from 'vitest/config';

const HOUR = 3_600_000;

/** What takes too long for every day: npx vitest run --config test/soak/vitest.config.ts */
export default defineConfig({
  test: {
    root: `${import.meta.dirname}/../..`,
    include: ['test/soak/*.soak.ts'],
    globalSetup: ['test/support/prepare.ts'],
    pool: 'forks',
    maxWorkers: 2,
    testTimeout: HOUR,
    hookTimeout: HOUR,
  },
});
