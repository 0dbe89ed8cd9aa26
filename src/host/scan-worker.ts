import { workerData } from 'node:worker_threads';
import { scanFile } from './scan-loop.ts';

scanFile(workerData as number);
