import { resolve } from 'node:path';

/** What the compiler is to make of a file: WebAssembly that brings neither a runtime of its own nor memory. */
const OPTIONS = [
  ...['-O3', '--noAssert', '--runtime', 'stub', '--enable', 'simd,threads,bulk-memory'],
  ...['--importMemory', '--initialMemory', '1', '--maximumMemory', '65536'],
];

/** What a module's name can end in: the second is for memory that threads share. */
const SUFFIX = /\?compiled(-shared)?$/;

/** A module `FILE?compiled` is what AssemblyScript makes of FILE, in base64. */
export const compiled = {
  name: 'compiled',
  resolveId: (id: string, importer: string | undefined) =>
    SUFFIX.test(id) && importer !== undefined ? resolve(importer, '..', id) : null,
  load: async (id: string) => {
    const suffix = SUFFIX.exec(id);
    if (suffix === null) return null;
    const options = suffix[1] === undefined ? OPTIONS : [...OPTIONS, '--sharedMemory'];
    return `export default ${JSON.stringify(await compile(id.slice(0, suffix.index), options))};`;
  },
};

async function compile(file: string, options: readonly string[]): Promise<string> {
  const { default: asc } = await import('assemblyscript/asc');
  let program: Uint8Array | undefined;
  const { error, stderr } = await asc.main([file, ...options, '--outFile', 'program.wasm'], {
    writeFile: (_, contents) => {
      program = contents as Uint8Array;
    },
  });
  const said = stderr.toString();
  if (error !== null || said !== '' || program === undefined) throw new Error(`${file} does not compile:\n${said}`);
  return Buffer.from(program).toString('base64');
}
