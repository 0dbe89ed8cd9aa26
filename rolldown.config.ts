import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { defineConfig, type OutputOptions, type Plugin, type RolldownOptions } from 'rolldown';

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

/** What the program and its lazy chunks share. */
const CORE = /\/src\/(errors|quote|host\/(draft|relink))\.ts$/;

const common: RolldownOptions = {
  platform: 'node',
  // Lazy chunks take what they share with the program from its own file.
  preserveEntrySignatures: 'allow-extension',
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
    plugins: [noSubprograms, licences],
    // Files cost more than bytes: what refresh-links needs is in two of them.
    output: { ...output, cleanDir: true, codeSplitting: { groups: [{ name: 'core', test: CORE }] } },
  },
  // A thread's program has to be a file of its own, and shares none with another: that would split it.
  { ...common, input: { 'link-worker': 'src/host/link-worker.ts' }, output },
  { ...common, input: { 'index-worker': 'src/host/index-worker.ts' }, output },
]);
