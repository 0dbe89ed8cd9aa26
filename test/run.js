// npm test [PATTERN...]: brings what is missing, builds, checks and runs the tests. With patterns (parts of test files'
// names) the build still runs, the checks do not. Needs nothing but Node, so that it can start in a fresh clone.
const { spawnSync } = require('node:child_process');
const { existsSync, mkdtempSync, readFileSync, rmSync, statSync } = require('node:fs');
const { tmpdir } = require('node:os');
const { join, resolve } = require('node:path');

const PACKAGES = {
  '/usr/bin/systemd-nspawn': 'systemd-container',
  '/usr/sbin/debootstrap': 'debootstrap',
  '/usr/share/keyrings/debian-archive-keyring.gpg': 'debian-archive-keyring',
  '/usr/bin/gcc': 'gcc',
  '/usr/include/shadow.h': 'libc6-dev',
  '/usr/sbin/mkfs.ext4': 'e2fsprogs',
};

const root = resolve(__dirname, '..');
const isRoot = process.getuid() === 0;
const patterns = process.argv.slice(2);

function run(command, args, env = {}) {
  console.log(`$ ${[command, ...args].join(' ')}`);
  const { status, error } = spawnSync(command, args, { cwd: root, stdio: 'inherit', env: { ...process.env, ...env } });
  if (error) throw error;
  return status ?? 1;
}

function mustRun(command, args, env) {
  const status = run(command, args, env);
  if (status !== 0) {
    console.error(`${command} failed, exit status ${status}`);
    process.exit(1);
  }
}

// Not `npm ci`: it refuses a lock file that lacks a package for another platform, and not every registry has them all.
function installNodeModules() {
  const installed = join(root, 'node_modules/.package-lock.json');
  const lock = join(root, 'package-lock.json');
  if (!existsSync(installed) || statSync(installed).mtimeMs < statSync(lock).mtimeMs)
    mustRun('npm', ['install', '--no-save']);
}

function installPackages() {
  const missing = Object.keys(PACKAGES).filter((path) => !existsSync(path));
  if (missing.length === 0) return;
  const env = { DEBIAN_FRONTEND: 'noninteractive' };
  mustRun('apt-get', ['-q', 'update'], env);
  mustRun(
    'apt-get',
    ['-q', 'install', '--yes', '--no-install-recommends', ...missing.map((path) => PACKAGES[path])],
    env,
  );
}

/** Runs vitest; null when it did not get as far as a report. */
function runTests() {
  const folder = mkdtempSync(join(tmpdir(), 'sftpjail-test.'));
  const report = join(folder, 'report.json');
  const projects = isRoot ? [] : ['--project', 'unit'];
  const reporters = ['--reporter=default', '--reporter=json', `--outputFile.json=${report}`];
  try {
    const status = run(join(root, 'node_modules/.bin/vitest'), ['run', ...projects, ...reporters, ...patterns]);
    return existsSync(report) ? { status, ...JSON.parse(readFileSync(report, 'utf8')) } : null;
  } finally {
    rmSync(folder, { recursive: true });
  }
}

installNodeModules();
if (isRoot) installPackages();
mustRun('npm', ['run', 'build']);
if (patterns.length === 0) mustRun('npm', ['run', 'check']);
const result = runTests();
if (result === null) {
  console.error('vitest ended without a report');
  process.exit(1);
}
if (!isRoot) console.log('Not root: left out the tests in test/system, test/machine and test/transcripts.');
// A file that cannot be loaded, or whose set-up fails, has no failed test to its name.
const broken = result.testResults.filter(
  (file) => file.status === 'failed' && !file.assertionResults.some(({ status }) => status === 'failed'),
).length;
const failed = result.numFailedTests + broken;
const skipped = result.numPendingTests + result.numTodoTests;
console.log(`${result.numPassedTests} passed, ${failed} failed${skipped > 0 ? `, ${skipped} skipped` : ''}`);
process.exit(result.status !== 0 || failed > 0 || (process.env.CI === 'true' && skipped > 0) ? 1 : 0);
