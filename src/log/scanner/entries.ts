import { lineEnd } from './bytes';
import { host, message, pid, program, readHead } from './head';
import { OTHER } from './kinds';
import { BYTES, ENTRIES, ENTRY_HOST, ENTRY_MESSAGE, ENTRY_PID, ENTRY_PROGRAM, ENTRY_WIDTH, STARTS } from './layout';

/** Writes what stands before the message of a line of sshd or sftp-server. @returns whether it stands there as it usually does */
export function writeEntry(slot: usize, line: i32, place: i32): bool {
  const first = slot + BYTES;
  const from = first + startOf(slot, line);
  const to = lineEnd(from, first + startOf(slot, line + 1) - 1);
  if (from === to || !readHead(from, to) || program === OTHER || pid === 0 || message === 0) return false;
  const entry = slot + ENTRIES + ((place * ENTRY_WIDTH) << 2);
  store<i32>(entry + (ENTRY_HOST << 2), host);
  store<i32>(entry + (ENTRY_PROGRAM << 2), program);
  store<i32>(entry + (ENTRY_PID << 2), pid);
  store<i32>(entry + (ENTRY_MESSAGE << 2), <i32>(message - first));
  return true;
}

function startOf(slot: usize, line: i32): i32 {
  return load<i32>(slot + STARTS + (line << 2));
}
