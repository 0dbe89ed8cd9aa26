import type { Customer } from './customers.ts';
import { makePath } from './paths.ts';
import type { Random } from './random.ts';

/** What sftp-server says of one request of a client, or of some that go together. */
export type Requests = (customer: Customer, random: Random) => string[];

const MISSING = 'sent status No such file';

/** From 1 byte to 1 GiB, and as many small files as large ones. */
const makeSize = (random: Random) => Math.floor(2 ** (30 * random.fraction()));

const openToWrite = (path: string) => `open "${path}" flags WRITE,CREATE,TRUNCATE mode 0644`;
const openToRead = (path: string) => `open "${path}" flags READ mode 0666`;
const written = (path: string, random: Random) => `close "${path}" bytes read 0 written ${makeSize(random)}`;
const read = (path: string, random: Random) => `close "${path}" bytes read ${makeSize(random)} written 0`;

/** OpenSSH's `put`; in a third of the cases `put -p`, sometimes with `-f`. */
const upload: Requests = (customer, random) => {
  const path = makePath(customer, random);
  const lines = [`stat name "${path}"`, MISSING, openToWrite(path)];
  if (random.oneIn(3))
    lines.push(`set "${path}" mode 0644`, `set "${path}" modtime 20261119-2${random.below(4)}:13:20`);
  if (random.oneIn(8)) lines.push(`fsync "${path}"`);
  lines.push(written(path, random));
  return lines;
};

const download: Requests = (customer, random) => {
  const path = makePath(customer, random);
  return [`stat name "${path}"`, openToRead(path), read(path, random)];
};

/** What clients do that move several files at a time. */
const twoUploads: Requests = (customer, random) => {
  const [one, other] = [makePath(customer, random), makePath(customer, random)];
  const [before, after] = [
    [openToWrite(one), openToWrite(other)],
    [written(one, random), written(other, random)],
  ];
  return [`stat name "${one}"`, MISSING, `stat name "${other}"`, MISSING, ...before, ...after];
};

const list: Requests = ({ folders }, random) => {
  const folder = random.pick(folders);
  return [`realpath "${folder}"`, `opendir "${folder}"`, `closedir "${folder}"`];
};

const look: Requests = (customer, random) => {
  const line = `lstat name "${makePath(customer, random)}"`;
  return random.oneIn(4) ? [line, MISSING] : [line];
};

const remove: Requests = (customer, random) => {
  const path = makePath(customer, random);
  return [`lstat name "${path}"`, `remove name "${path}"`];
};

const rename: Requests = (customer, random) => {
  const path = makePath(customer, random);
  return [`posix-rename old "${path}.part" new "${path}"`];
};

const makeFolder: Requests = ({ folders }, random) => {
  const line = `mkdir name "${random.pick(folders)}/${random.below(10_000)}" mode 0777`;
  return random.oneIn(4) ? [line, 'sent status Failure'] : [line];
};

const openAndClose: Requests = (customer, random) => {
  const path = makePath(customer, random);
  return random.oneIn(2) ? [openToWrite(path), written(path, random)] : [openToRead(path), read(path, random)];
};

/** Drawn from as they stand: so that a sixth of all lines is `close`. */
const ORDINARY: readonly Requests[] = [
  ...[upload, upload, upload, upload, upload, upload, twoUploads],
  ...[download, download, download, download, download],
  ...[list, list, list, list, list, look, look, remove, remove, rename, rename, makeFolder],
];

export const ordinaryRequests: Requests = (customer, random) => random.pick(ORDINARY)(customer, random);

export const onlyOpenAndClose: Requests = openAndClose;
