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

/** A name that sshd's and rsyslog's includes (`*.conf`) and logrotate's (`~` is taboo) pass over. */
export const draftOf = (path: string): string => join(dirname(path), `.${basename(path)}.sftpjail~`);

/** Removes the draft that a killed run left behind. */
export const removeDraft = (path: string): void => rmSync(draftOf(path), { force: true });

/** Replaces a file in one step: readers see the old one or the new one, also after a power cut. */
export function replaceFile(path: string, content: string, owner: { uid: number; gid: number; mode: number }): void {
  removeDraft(path);
  try {
    const draft = openSync(
      draftOf(path),
      constants.O_WRONLY | constants.O_CREAT | constants.O_EXCL | constants.O_NOFOLLOW,
      0o600,
    );
    try {
      writeFileSync(draft, content);
      fchownSync(draft, owner.uid, owner.gid);
      fchmodSync(draft, owner.mode);
      fsyncSync(draft);
    } finally {
      closeSync(draft);
    }
    renameSync(draftOf(path), path);
  } catch (error) {
    removeDraft(path);
    throw error;
  }
  syncFolder(dirname(path));
}

export function syncFolder(folder: string): void {
  const open = openSync(folder, constants.O_RDONLY | constants.O_DIRECTORY);
  try {
    fsyncSync(open);
  } finally {
    closeSync(open);
  }
}
