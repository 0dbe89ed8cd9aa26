import { type ConfFile, type FilesFor, matchesGlob } from '../../src/conf/glob.ts';

/** An /etc of a test: path to text. Files are handed out in no useful order, as a directory might list them. */
export const filesIn =
  (texts: Readonly<Record<string, string>>): FilesFor =>
  (pattern) =>
    Object.entries(texts)
      .reverse()
      .filter(([file]) => matchesGlob(file, pattern))
      .map(([file, text]): ConfFile => ({ file, text }));
