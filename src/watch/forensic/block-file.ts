import { closeSync, constants, fchmodSync, fstatSync, openSync, writeSync } from 'node:fs';

/**
 * The file of what went wrong, opened for each block, so that it can be rotated at any time. It grows to so many bytes at
 * most; logins that failed, which anybody can have, fill no more than half of it.
 */
export class BlockFile {
  private readonly path: string;
  private readonly most: number;
  private readonly warn: (text: string) => void;
  private leftOut = 0;

  constructor(path: string, most: number, warn: (text: string) => void) {
    this.path = path;
    this.most = most;
    this.warn = warn;
  }

  /** @throws where it cannot be written */
  append(block: string, isOfAnybody: boolean): void {
    const flags = constants.O_WRONLY | constants.O_APPEND | constants.O_CREAT | constants.O_NOFOLLOW;
    const file = openSync(this.path, flags, 0o640);
    try {
      // Whatever the umask: administrators read it.
      fchmodSync(file, 0o640);
      const room = (isOfAnybody ? this.most / 2 : this.most) - fstatSync(file).size;
      if (block.length > room) {
        if (this.leftOut++ === 0) this.warn(`${this.path} is full until it is rotated: blocks are left out`);
        return;
      }
      const before = this.leftOut === 0 ? '' : `# ${this.leftOut} blocks were left out: the file was full.\n`;
      writeAll(file, Buffer.from(before + block, 'latin1'));
      this.leftOut = 0;
    } finally {
      closeSync(file);
    }
  }
}

function writeAll(file: number, bytes: Buffer): void {
  for (let at = 0; at < bytes.length; ) at += writeSync(file, bytes, at);
}
