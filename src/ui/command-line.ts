/** What can be typed, as values: the one source of `--help`, the man pages and the completions of shells. */
export interface CommandLine {
  name: string;
  summary: string;
  commands: readonly CommandWords[];
}

export interface CommandWords {
  name: string;
  summary: string;
  operands: readonly Operand[];
  options: readonly OptionWords[];
}

/** A word that is no option. */
export interface Operand extends Value {
  isRequired: boolean;
  isRepeated: boolean;
}

/** What stands for an operand or behind an option: its name tells what it can be. */
export interface Value {
  name: string;
  /** All that it can be; empty where there is no list. */
  choices: readonly string[];
}

export interface OptionWords {
  short: string | null;
  long: string;
  /** Null for an option without one. */
  value: Value | null;
  summary: string;
}
