// npm run bench [-- NAME...], of start, relink, add-user, apply, sessions, doctor, watch, forensics, ledger and report: every
// time is a ratio to a baseline of the same run, or stated.
// Needs root. The exit status says whether the benchmarks ran, not whether they were quick.
const { spawnSync } = require('node:child_process');
const { existsSync, mkdirSync, mkdtempSync, readdirSync, rmdirSync, rmSync, statSync } = require('node:fs');
const { availableParallelism, loadavg, tmpdir } = require('node:os');
const { join, resolve } = require('node:path');
const { bundle } = require('./bundle.js');

const repo = resolve(__dirname, '../..');
const ROOT = '/sftp-root';
const wanted = process.argv.slice(2);

/** NODE_EXTRA_CA_CERTS and its like cost time at every start of Node, on one side of a comparison or on both. */
const CLEAN = { PATH: '/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin', HOME: '/root', LANG: 'C.UTF-8' };

function mustRun(command, args, env = process.env) {
  const { status, error } = spawnSync(command, args, { cwd: repo, stdio: ['ignore', 'inherit', 'inherit'], env });
  if (error) throw error;
  if (status !== 0) throw new Error(`${command} failed, exit status ${status}`);
}

const newest = (path) =>
  statSync(path).isDirectory()
    ? Math.max(0, ...readdirSync(path).map((name) => newest(join(path, name))))
    : statSync(path).mtimeMs;

function buildProduct() {
  const built = join(repo, 'dist/cli.cjs');
  const sources = Math.max(
    ...['src', 'templates', 'rolldown.config.ts', 'package.json'].map((p) => newest(join(repo, p))),
  );
  if (!existsSync(built) || statSync(built).mtimeMs < sources) mustRun('sh', ['-c', 'npm run --silent build >&2']);
}

async function buildBenchmarks(dir) {
  const build = await bundle({ main: join(__dirname, 'main.ts'), 'one-thread': join(__dirname, 'one-thread.ts') });
  await build.write({ dir, format: 'cjs', entryFileNames: '[name].cjs', chunkFileNames: 'chunk-[name].cjs' });
}

async function main() {
  if (process.getuid() !== 0) return console.log('The benchmarks need root.');
  // Whoever else computes here takes the core that a second thread would have had.
  const [load] = loadavg();
  if (load > 0.3)
    console.log(
      `Load ${load.toFixed(1)} on ${availableParallelism()} cores: figures of an idle machine are worth more.`,
    );
  buildProduct();
  const dir = mkdtempSync(join(tmpdir(), 'sftpjail-bench.'));
  const made = !existsSync(ROOT);
  try {
    await buildBenchmarks(dir);
    const isWanted = (name) => wanted.length === 0 || wanted.includes(name);
    const [here, elsewhere] = [
      ['start', 'relink'].filter(isWanted),
      ['add-user', 'apply', 'sessions', 'doctor', 'watch', 'forensics', 'ledger', 'report'].filter(isWanted),
    ];
    const node = [process.execPath, join(dir, 'main.cjs')];
    if (here.length > 0) {
      // What is mounted at the default root is seen by the benchmarks alone.
      if (made) mkdirSync(ROOT);
      mustRun('unshare', ['--mount', '--propagation', 'private', ...node, ...here], CLEAN);
    }
    if (elsewhere.length > 0) mustRun(node[0], [node[1], ...elsewhere], CLEAN);
  } finally {
    if (made && existsSync(ROOT)) rmdirSync(ROOT);
    rmSync(dir, { recursive: true });
  }
}

main();
