import { getPriority, setPriority } from 'node:os';
import { parentPort } from 'node:worker_threads';
import { type Bulk, takePart } from './bulk.ts';

/** Of this thread alone: whatever goes on beside it, on this host or in this command, comes first. */
const MODESTY = 5;

setPriority(Math.min(19, getPriority() + MODESTY));

parentPort?.on('message', (bulk: Bulk) => {
  takePart(bulk);
  parentPort?.postMessage('done');
});
