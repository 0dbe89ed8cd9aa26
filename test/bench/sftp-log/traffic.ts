import { type Customer, makeCustomers } from './customers.ts';
import type { LogFile } from './log-file.ts';
import type { Random } from './random.ts';
import type { Requests } from './requests.ts';
import { sessionLines } from './session.ts';

interface Traffic {
  log: LogFile;
  random: Random;
  requests: Requests;
}

const CUSTOMERS = 400;
/** Of a 64-bit kernel: pid_max. */
const PIDS = 4_194_304;
/** Near enough to the end that they come round. */
const FIRST_PID = PIDS - 10_000;
const FIRST_AFTER_BOOT = 300;

/** From 200 to 4000 lines, and as many short sessions as long ones. */
const someLength = (random: Random) => Math.floor(200 * 20 ** random.fraction());

/** Starts sessions of any customer; what has pids of its own meanwhile takes up to three of them. */
function sessionStarter({ random, requests }: Traffic, length: () => number, ended: () => boolean) {
  const customers: Customer[] = makeCustomers(CUSTOMERS, random);
  let pid = FIRST_PID;
  const nextPid = () => {
    pid += 1 + random.below(3);
    if (pid >= PIDS) pid = FIRST_AFTER_BOOT;
    return pid;
  };
  return () => sessionLines({ customer: random.pick(customers), requests, length: length(), ended, random, nextPid });
}

/** Keeps `parallel` sessions going until the log has `bytes`, then lets each come to its end. */
export function interleave(traffic: Traffic, parallel: number, bytes: number): void {
  const { log, random } = traffic;
  const full = () => log.size() >= bytes;
  const start = sessionStarter(traffic, () => someLength(random), full);
  const running = Array.from({ length: parallel }, start);
  while (running.length > 0) {
    const i = random.below(running.length);
    const { done, value } = (running[i] as Generator<string>).next();
    if (!done) log.add(value);
    else if (full()) running.splice(i, 1);
    else running[i] = start();
  }
}

/** One session and nothing else, of `bytes`. */
export function oneSession(traffic: Traffic, bytes: number): void {
  const start = sessionStarter(
    traffic,
    () => Number.POSITIVE_INFINITY,
    () => traffic.log.size() >= bytes,
  );
  for (const line of start()) traffic.log.add(line);
}

/** How far a session goes before the next one begins: 11 lines of its login and beginning, and some requests. */
const BEGINNING = 20;

/** All of them begin before the first one ends. */
export function allOpen(traffic: Traffic, count: number): void {
  let ending = false;
  const start = sessionStarter(
    traffic,
    () => Number.POSITIVE_INFINITY,
    () => ending,
  );
  const sessions = Array.from({ length: count }, start);
  for (const session of sessions)
    for (let line = 0; line < BEGINNING; line++) traffic.log.add(session.next().value as string);
  ending = true;
  for (const session of sessions) for (const line of session) traffic.log.add(line);
}
