import { setFlagsFromString } from 'node:v8';

/** Node 20's: what was measured holds for no other. */
const MEASURED = '11.3.';

/**
 * Has V8 compile less: of a command that is over in a second a quarter is the work of its compiler, for functions that are
 * hardly called any more. They are compiled when they have done twice as much as usual, and with a third of what they call.
 */
export function compileLess(): void {
  if (!process.versions.v8.startsWith(MEASURED)) return;
  setFlagsFromString('--interrupt-budget=264000');
  setFlagsFromString('--max-inlined-bytecode-size-cumulative=300');
}
