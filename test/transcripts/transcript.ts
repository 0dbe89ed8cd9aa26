/** One line that an operator types, and what the terminal shows before the next prompt. */
export interface Exchange {
  line: number;
  typed: string;
  shown: string[];
}

/**
 * Reads a transcript: `$ ` begins what is typed, the lines up to the next one are what it prints, `# ` at the beginning of a
 * line explains, and an exit status other than 0 stands last in brackets.
 */
export function parseTranscript(text: string): Exchange[] {
  const exchanges: Exchange[] = [];
  for (const [index, line] of text.trimEnd().split('\n').entries()) {
    if (line.startsWith('$ ')) exchanges.push({ line: index + 1, typed: line.slice(2), shown: [] });
    else if (!line.startsWith('# ') && line !== '#') exchanges.at(-1)?.shown.push(line);
  }
  for (const { shown } of exchanges) while (shown.at(-1) === '') shown.pop();
  return exchanges;
}

/** What a run shows, in the form of a transcript. */
export const shownBy = (output: string, status: number): string[] => [
  ...(output.trimEnd() === '' ? [] : output.trimEnd().split('\n')),
  ...(status === 0 ? [] : [`[${status}]`]),
];

/** An expected line may leave out what differs from run to run: `<what it is>`. */
export function asPrinted(expected: readonly string[], printed: readonly string[]): string[] {
  return expected.map((line, index) => {
    const pattern = line
      .split(/<[^<>]+>/)
      .map((part) => part.replace(/[\\^$.*+?()[\]{}|]/g, '\\$&'))
      .join('.+');
    const actual = printed[index] ?? '';
    return new RegExp(`^${pattern}$`).test(actual) ? actual : line;
  });
}
