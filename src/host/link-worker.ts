import { workerData } from 'node:worker_threads';
import { type Round, takePart } from './refresh-loop.ts';

takePart(workerData as Round);
