import { resolve } from 'node:path';

const SUFFIX = '?compiled';

/** What the compiler is to make of a file: WebAssembly that brings no runtime of its own, for memory that threads share. */
const OPTIONS = [
  ...['-O3', '--noAssert', '--runtime', 'stub', '--enable', 'simd,threads,bulk-memory'],
  ...['--importMemory', '--sharedMemory', '--initialMemory', '1', '--maximumMemory', '65536'],
];

/** A module `FILE?compiled` is what AssemblyScript makes of FILE, in base64. */
export const compiled = {
  name: 'compiled',
  resolveId: (id: string, importer: string | undefined) =>
    id.endsWith(SUFFIX) && importer !== undefined ? resolve(importer, '..', id) : null,
  load: async (id: string) =>
    id.endsWith(SUFFIX) ? `export default ${JSON.stringify(await compile(id.slice(0, -SUFFIX.length)))};` : null,
};

async function compile(file: string): Promise<string> {
  const { default: asc } = await import('assemblyscript/asc');
  let program: Uint8Array | undefined;
  const { error, stderr } = await asc.main([file, ...OPTIONS, '--outFile', 'program.wasm'], {
    writeFile: (_, contents) => {
      program = contents as Uint8Array;
    },
  });
  const said = stderr.toString();
  if (error !== null || said !== '' || program === undefined) throw new Error(`${file} does not compile:\n${said}`);
  return Buffer.from(program).toString('base64');
}
