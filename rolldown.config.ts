import { existsSync, mkdirSync, readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { dirname, join, resolve } from 'node:path';
import { defineConfig, type OutputOptions, type Plugin, type RolldownOptions } from 'rolldown';
import { compiled } from './scanner.config.mts';
import { renderManPages } from './src/ui/man-page.ts';

/** The folder of the package that a module belongs to; null for our own code. */
function packageOf(file: string): string | null {
  if (!file.includes('/node_modules/')) return null;
  for (let folder = dirname(file); folder.includes('/node_modules/'); folder = dirname(folder)) {
    const manifest = join(folder, 'package.json');
    if (existsSync(manifest) && JSON.parse(readFileSync(manifest, 'utf8')).version) return folder;
  }
  return null;
}

function licenceOf(folder: string): string {
  const { name, version, license } = JSON.parse(readFileSync(join(folder, 'package.json'), 'utf8'));
  const file = readdirSync(folder).find((entry) => /^licen[cs]e/i.test(entry));
  const text =
    file === undefined ? 'The package contains no text of its licence.' : readFileSync(join(folder, file), 'utf8');
  return `${name} ${version} (${license})\n\n${text.trim()}\n`;
}

/** What is bundled comes with its licence. */
const licences: Plugin = {
  name: 'licences',
  generateBundle(_options, bundle) {
    const modules = Object.values(bundle).flatMap((chunk) => (chunk.type === 'chunk' ? chunk.moduleIds : []));
    const folders = [...new Set(modules.flatMap((file) => packageOf(file) ?? []))].sort();
    const source = folders.map(licenceOf).join(`\n${'-'.repeat(80)}\n\n`);
    this.emitFile({ type: 'asset', fileName: 'LICENCES.txt', source });
  },
};

/** The man pages, told by the program itself once it is built. */
const manPages: Plugin = {
  name: 'man-pages',
  async writeBundle({ dir = '' }) {
    const { commandLine } = createRequire(import.meta.url)(resolve(dir, 'cli.cjs'));
    const seconds = Number(process.env.SOURCE_DATE_EPOCH ?? Date.now() / 1000);
    const day = new Intl.DateTimeFormat('en-US', { dateStyle: 'long', timeZone: 'UTC' }).format(seconds * 1000);
    mkdirSync(join(dir, 'man'));
    for (const [name, text] of renderManPages(await commandLine(), day)) writeFileSync(join(dir, 'man', name), text);
  },
};

/**
 * commander loads child_process at its start, for sub-commands that are programs of their own. We have none, and it is a
 * tenth of the time that refresh-links takes.
 */
const noSubprograms: Plugin = {
  name: 'no-subprograms',
  resolveId: (id, importer) =>
    id === 'node:child_process' && importer?.includes('/node_modules/commander/') ? '\0no-child-process' : null,
  load: (id) => (id === '\0no-child-process' ? 'module.exports = {};' : null),
};

/** The program, and what it shares with its lazy chunks. */
const PROGRAM = /\/src\/(cli|errors|quote|host\/(draft|relink))\.ts$/;

const common: RolldownOptions = {
  platform: 'node',
  // Lazy chunks take what they share with the program from its own file.
  preserveEntrySignatures: 'allow-extension',
  // The ledger's drivers are for whoever wants one to install.
  external: ['better-sqlite3', 'pg'],
};

const output: OutputOptions = {
  dir: 'dist',
  format: 'cjs',
  // Names stay, because a stack trace is all that a report of a bug may have.
  minify: { compress: true, mangle: { toplevel: false, keepNames: true }, codegen: { removeWhitespace: true } },
  entryFileNames: '[name].cjs',
  chunkFileNames: 'chunk-[name].cjs',
  comments: { legal: true },
};

export default defineConfig([
  {
    ...common,
    // One CommonJS entry with lazy chunks: what a command does not use is not read from disk.
    input: { cli: 'src/cli.ts' },
    plugins: [noSubprograms, compiled, licences, manPages],
    // Files cost more than bytes: what refresh-links needs is in one of them.
    output: { ...output, cleanDir: true, codeSplitting: { groups: [{ name: 'program', test: PROGRAM }] } },
  },
  // A thread's program has to be a file of its own, and shares none with another: that would split it.
  { ...common, input: { 'link-worker': 'src/host/link-worker.ts' }, output },
  { ...common, input: { 'bulk-worker': 'src/host/bulk-worker.ts' }, output },
  { ...common, input: { 'scan-worker': 'src/host/scan-worker.ts' }, plugins: [compiled], output },
  { ...common, input: { 'scout-worker': 'src/host/scout-worker.ts' }, plugins: [compiled], output },
]);
