import { REQUEST_SIZE, REQUEST_TABLE } from './layout';

/** A transfer or a change, as far as it is known. */
@unmanaged
export class Request {
  /** The next of the same stretch. */
  next: Request | null;
  nameFrom: usize;
  nameTo: usize;
  isTransfer: bool;
  reads: bool;
  writes: bool;
  /** Of a change: its place among ACTIONS. */
  action: i32;
  bytesRead: f64;
  bytesWritten: f64;
  /** Microseconds since 1970. */
  opened: f64;
  closed: f64;
  /** Of a change: what it was answered with, by its place among ERRORS; 0 where it was done. */
  error: i32;
  /** Of a change with an error: it is known to have failed, by whatever was meant. */
  isFailed: bool;
  /** Of a `set`: where its attributes stand in the log, 0 where it has none of the kind. */
  modeFrom: usize;
  modeTo: usize;
  timeFrom: usize;
}

let count = 0;

export function newRequest(nameFrom: usize, nameTo: usize, opened: f64): Request {
  const request = changetype<Request>(REQUEST_TABLE + REQUEST_SIZE * count++);
  request.next = null;
  request.nameFrom = nameFrom;
  request.nameTo = nameTo;
  request.opened = opened;
  request.error = 0;
  request.isFailed = false;
  request.modeFrom = 0;
  request.timeFrom = 0;
  return request;
}

export function requestCount(): i32 {
  return count;
}

/** Of the piece before nothing is needed any more. */
export function forgetRequests(): void {
  count = 0;
}
