import { workerData } from 'node:worker_threads';
import { indexFile } from './index-loop.ts';

indexFile(workerData as number);
