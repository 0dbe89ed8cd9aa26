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
  '/usr/lib/postgresql': 'postgresql',
};

const NODE_22 = '22.23.3';

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

/** The ledger's tests need a Node with SQLite of its own: the newest 22, which is brought where this is an older one. */
function nodeWithSqlite() {
  if (process.getBuiltinModule?.('node:sqlite')) return process.execPath;
  const name = `node-linux-${process.arch}`;
  const folder = join(root, 'node_modules/.cache', NODE_22);
  const node = join(folder, 'node_modules', name, 'bin/node');
  if (!existsSync(node)) mustRun('npm', ['install', '--no-save', '--prefix', folder, `${name}@${NODE_22}`]);
  return node;
}

/** Runs vitest on the projects of one Node; null when it did not get as far as a report. */
function runTests(node, projects) {
  const folder = mkdtempSync(join(tmpdir(), 'sftpjail-test.'));
  const report = join(folder, 'report.json');
  const reporters = ['--reporter=default', '--reporter=json', `--outputFile.json=${report}`];
  try {
    const vitest = join(root, 'node_modules/vitest/vitest.mjs');
    const chosen = projects.flatMap((project) => ['--project', project]);
    const status = run(node, [vitest, 'run', '--passWithNoTests', ...chosen, ...reporters, ...patterns]);
    return existsSync(report) ? { status, ...JSON.parse(readFileSync(report, 'utf8')) } : null;
  } finally {
    rmSync(folder, { recursive: true });
  }
}

installNodeModules();
if (isRoot) installPackages();
mustRun('npm', ['run', 'build']);
if (patterns.length === 0) mustRun('npm', ['run', 'check']);
const results = [
  runTests(process.execPath, isRoot ? ['unit', 'system', 'machine', 'transcripts'] : ['unit']),
  ...(isRoot ? [runTests(nodeWithSqlite(), ['ledger'])] : []),
];
if (results.includes(null)) {
  console.error('vitest ended without a report');
  process.exit(1);
}
if (!isRoot)
  console.log('Not root: left out the tests in test/system, test/machine, test/transcripts and test/ledger.');
const sum = (figure) => results.reduce((total, result) => total + figure(result), 0);
if (sum(({ numTotalTests }) => numTotalTests) === 0) {
  console.error(`no test is of that name: ${patterns.join(' ')}`);
  process.exit(1);
}
// A file that cannot be loaded, or whose set-up fails, has no failed test to its name.
const broken = sum(
  ({ testResults }) =>
    testResults.filter(
      (file) => file.status === 'failed' && !file.assertionResults.some(({ status }) => status === 'failed'),
    ).length,
);
const failed = sum(({ numFailedTests }) => numFailedTests) + broken;
const skipped = sum(({ numPendingTests, numTodoTests }) => numPendingTests + numTodoTests);
const ended = results.every(({ status }) => status === 0);
console.log(
  `${sum(({ numPassedTests }) => numPassedTests)} passed, ${failed} failed${skipped > 0 ? `, ${skipped} skipped` : ''}`,
);
process.exit(!ended || failed > 0 || (process.env.CI === 'true' && skipped > 0) ? 1 : 0);
