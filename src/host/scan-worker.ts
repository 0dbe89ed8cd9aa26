import { parentPort, workerData } from 'node:worker_threads';
import { type ScanTask, scanFile } from './scan-loop.ts';

parentPort?.once('message', (parts) => scanFile(workerData as ScanTask, parts));
