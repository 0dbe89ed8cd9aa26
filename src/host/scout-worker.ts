import { workerData } from 'node:worker_threads';
import { type Search, scout } from './scout.ts';

scout(workerData as Search);
