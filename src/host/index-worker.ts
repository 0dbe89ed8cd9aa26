import { workerData } from 'node:worker_threads';
import { indexFile, type Task } from './index-loop.ts';

indexFile(workerData as Task);
