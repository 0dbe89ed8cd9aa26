/** A file of another program's configuration. */
export interface ConfFile {
  file: string;
  text: string;
}

/** The regular files that a glob(3) pattern names, in any order; none is no error. */
export type FilesFor = (pattern: string) => readonly ConfFile[];

/** In the order of glob(3): sshd and rsyslogd both run in the C locale, so by bytes. */
export const inOrder = (files: readonly ConfFile[]): ConfFile[] =>
  [...files].sort((one, other) => (one.file < other.file ? -1 : one.file > other.file ? 1 : 0));

export const hasWildcard = (pattern: string): boolean => /[*?[]/.test(pattern);

/**
 * Whether glob(3), without flags, would find this path: `*`, `?` and `[...]` stay within one component, and a leading
 * dot has to be written out.
 */
export function matchesGlob(path: string, pattern: string): boolean {
  const names = path.split('/');
  const patterns = pattern.split('/').filter((part, index) => part !== '' || index === 0);
  return names.length === patterns.length && names.every((name, index) => matchesName(name, patterns[index] ?? ''));
}

const matchesName = (name: string, pattern: string): boolean =>
  (!name.startsWith('.') || pattern.startsWith('.')) && expressionOf(pattern).test(name);

const PART = /\\(.)|\[([!^]?)(\]?[^\]]*)\]|(\*+)|(\?)|(.)/gs;

const expressions = new Map<string, RegExp>();

/** Kept, because the same few patterns are held against thousands of names. */
function expressionOf(pattern: string): RegExp {
  const expression = expressions.get(pattern) ?? newExpression(pattern);
  expressions.set(pattern, expression);
  return expression;
}

function newExpression(pattern: string): RegExp {
  const source = pattern.replace(PART, (part, escaped, not, set, stars, one) => {
    if (escaped !== undefined) return literal(escaped);
    if (set !== undefined) return `[${not ? '^' : ''}${set.replace(/[\\\]^[]/g, '\\$&')}]`;
    if (stars !== undefined) return '.*';
    return one === undefined ? literal(part) : '.';
  });
  try {
    return new RegExp(`^${source}$`, 's');
  } catch {
    // A range that runs backwards matches nothing in glob(3) either.
    return /^(?!)/;
  }
}

const literal = (text: string): string => text.replace(/[\\^$.*+?()[\]{}|/-]/g, '\\$&');
