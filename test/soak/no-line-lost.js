// node test/soak/no-line-lost.js (as root, after `npm run build`): what disturbs rsyslog, one after the other and at its
// own pace, on both suites. Takes two minutes and prints what became of the lines.
const { spawnSync } = require('node:child_process');
const { join } = require('node:path');

const vitest = join(__dirname, '../../node_modules/.bin/vitest');
const config = join(__dirname, 'vitest.config.ts');
const { status } = spawnSync(vitest, ['run', '--config', config, '--disable-console-intercept', 'no-line-lost'], {
  cwd: join(__dirname, '../..'),
  stdio: 'inherit',
});
process.exitCode = status ?? 1;
