/** Where words go: results to stdout, everything else to stderr. */
export interface Say {
  /** What was asked for. */
  result(text: string): void;
  /** What is going on; silent with --quiet. */
  note(text: string): void;
  /** What should not be overlooked, even with --quiet. */
  warn(text: string): void;
  /** What the operator is asked to agree to. */
  show(lines: readonly string[]): void;
}

let listening = false;

/** Writes to stdout; whoever closes it early, as `head` does, has seen enough. */
export function print(text: string): void {
  if (!listening) process.stdout.on('error', ignoreClosed);
  listening = true;
  process.stdout.write(text);
}

function ignoreClosed(error: NodeJS.ErrnoException): void {
  if (error.code !== 'EPIPE') throw error;
}

export const openSay = ({ quiet }: { quiet: boolean }): Say => ({
  result: (text) => print(`${text}\n`),
  note: (text) => void (quiet || process.stderr.write(`${text}\n`)),
  warn: (text) => void process.stderr.write(`sftpjail: warning: ${text}\n`),
  show: (lines) => void process.stderr.write(lines.map((line) => `${line}\n`).join('')),
});
