import {
  closeSync,
  constants,
  fchmodSync,
  fchownSync,
  fsyncSync,
  openSync,
  renameSync,
  rmSync,
  writeFileSync,
} from 'node:fs';
import { basename, dirname, join } from 'node:path';
import { isErrno } from '../errors.ts';

/** A name that sshd's and rsyslog's includes (`*.conf`) and logrotate's (`~` is taboo) pass over. */
export const draftOf = (path: string): string => join(dirname(path), `.${basename(path)}.sftpjail~`);

/** Removes the draft that a killed run left behind. */
export const removeDraft = (path: string): void => rmSync(draftOf(path), { force: true });

export interface Replacement {
  path: string;
  content: string | Uint8Array;
  owner: { uid: number; gid: number; mode: number };
}

/** Replaces a file in one step: readers see the old one or the new one, also after a power cut. */
export function replaceFile(path: string, content: Replacement['content'], owner: Replacement['owner']): void {
  try {
    writeDraft({ path, content, owner }, true);
    placeDraft(path);
  } catch (error) {
    removeDraft(path);
    throw error;
  }
  syncFolder(dirname(path));
}

/** What is done to each of many files, by whoever does it fastest. */
export type DoneToEach = (act: 'draft' | 'place', files: readonly Replacement[]) => Promise<void>;

/**
 * The same for many files: what thousands of them hold is brought to the disk at once.
 *
 * @param sync brings all that was written to the disk
 */
export async function replaceFiles(
  files: readonly Replacement[],
  doToEach: DoneToEach,
  sync: () => Promise<void>,
): Promise<void> {
  try {
    await doToEach('draft', files);
    await sync();
    await doToEach('place', files);
  } catch (error) {
    for (const { path } of files) removeDraft(path);
    throw error;
  }
  for (const folder of new Set(files.map(({ path }) => dirname(path)))) syncFolder(folder);
}

const NEW_FILE = constants.O_WRONLY | constants.O_CREAT | constants.O_EXCL | constants.O_NOFOLLOW;

export function openDraft(path: string): number {
  try {
    return openSync(draftOf(path), NEW_FILE, 0o600);
  } catch (error) {
    if (!isErrno(error, 'EEXIST')) throw error;
    removeDraft(path);
    return openSync(draftOf(path), NEW_FILE, 0o600);
  }
}

/** @param sync whether it is to be on the disk when this returns */
export function writeDraft({ path, content, owner }: Replacement, sync: boolean): void {
  const draft = openDraft(path);
  try {
    writeFileSync(draft, content);
    fchownSync(draft, owner.uid, owner.gid);
    fchmodSync(draft, owner.mode);
    if (sync) fsyncSync(draft);
  } finally {
    closeSync(draft);
  }
}

export const placeDraft = (path: string): void => renameSync(draftOf(path), path);

export function syncFolder(folder: string): void {
  const open = openSync(folder, constants.O_RDONLY | constants.O_DIRECTORY);
  try {
    fsyncSync(open);
  } finally {
    closeSync(open);
  }
}
