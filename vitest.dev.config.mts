import { defineConfig } from 'vitest/config';
export default defineConfig({ root: '/work/report', test: { pool: 'forks', include: ['test/ledger/**/*.test.ts'], testTimeout: 300000, hookTimeout: 300000 } });
