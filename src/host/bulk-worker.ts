import { parentPort } from 'node:worker_threads';
import { type Bulk, takePart } from './bulk.ts';

parentPort?.on('message', (bulk: Bulk) => {
  takePart(bulk);
  parentPort?.postMessage('done');
});
