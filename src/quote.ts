/** A word as a shell reads it: as it is where nothing in it means anything, else in single quotes. */
export const shellQuote = (word: string): string =>
  /^[A-Za-z0-9/._+@%:,=-]+$/.test(word) ? word : `'${word.replaceAll("'", `'\\''`)}'`;
