import { PAGES } from './scanner/layout.ts';
import program from './scanner/scan.ts?compiled-shared';
import { writeTables } from './scanner-tables.ts';

/** What a scanner consists of, and what it knows of a log. Threads can share it: one goes on where another has stopped. */
export interface ScannerParts {
  readonly module: WebAssembly.Module;
  readonly memory: WebAssembly.Memory;
}

/**
 * @throws WebAssembly.CompileError on a processor that lacks its instructions
 * @throws RangeError where the system has no address space for it
 */
export function newScannerParts(): ScannerParts {
  const memory = new WebAssembly.Memory({ initial: PAGES, maximum: PAGES, shared: true });
  writeTables(memory.buffer);
  return { module: new WebAssembly.Module(Buffer.from(program, 'base64')), memory };
}
