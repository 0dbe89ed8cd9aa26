/** A block of a forensic log, ours or ProFTPD's. */
export interface Block {
  title: string;
  head: [key: string, value: string][];
  lines: string[];
  end: string;
}

/** @throws Error for anything between or within the blocks that does not belong there */
export function blocksIn(text: string): Block[] {
  const blocks: Block[] = [];
  let open: Block | null = null;
  let isInHead = false;
  for (const line of text.split('\n')) {
    const [, word, title] = /^-----(BEGIN|END) (.*) FORENSICS-----$/.exec(line) ?? [];
    if (word === 'BEGIN' && title !== undefined && open === null) {
      open = { title, head: [], lines: [], end: '' };
      blocks.push(open);
      isInHead = true;
    } else if (word === 'END' && title !== undefined && open !== null) {
      open.end = title;
      open = null;
    } else if (open !== null && isInHead) {
      const [, key, value] = /^([A-Za-z_-]+): (.*)$/.exec(line) ?? [];
      // The published one has dots where it was shortened.
      if (line === '' || line === '...') isInHead = false;
      else if (key === undefined || value === undefined) throw new Error(`no field: ${line}`);
      else open.head.push([key, value]);
    } else if (open !== null) {
      if (!/^\[(\w+):\d(?:, PID \d+)?\] /.test(line)) throw new Error(`no line of a block: ${line}`);
      open.lines.push(line);
    } else if (line !== '' && !line.startsWith('# ')) throw new Error(`between blocks: ${line}`);
  }
  if (open !== null) throw new Error('the last block has no end');
  return blocks;
}
