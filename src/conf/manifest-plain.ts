import type { ManifestItem, ManifestItems } from './manifest-items.ts';

/** What begins with a letter and has only these is a text to YAML, but for its words for nothing, yes and no. */
const TEXT = '[A-Za-z$][A-Za-z0-9 ._@+/=$-]*(?<! )';
const KEY = /^( {2}- | {4})([A-Za-z]{1,40}):(?: (\S.*))?$/;
const ENTRY = new RegExp(`^ {6}- (${TEXT})$`);
const VALUE = new RegExp(`^(?:${TEXT}|[1-9][0-9]{0,9}|[0-9]{4}-[0-9]{2}-[0-9]{2})$`);
const WORD = /^(?:true|false|null)$/i;

/**
 * Reads a manifest in the form in which `list-users` writes one, without quotes, comments and everything else that YAML
 * has: a line for each thing. It takes a twentieth of the time, which is most of what a manifest of thousands takes.
 *
 * @returns null for every other form, right or wrong
 */
export function plainItems(text: string, file: string): ManifestItems | null {
  const lines = text.split('\n');
  if (lines.shift() !== 'users:' || lines.pop() !== '' || lines.length === 0) return null;
  const items: PlainItem[] = [];
  /** The list that the next line may belong to. */
  let list: string[] | null = null;
  for (const [index, line] of lines.entries()) {
    const entry = list && ENTRY.exec(line)?.[1];
    if (list && entry != null) {
      if (WORD.test(entry)) return null;
      list.push(entry);
      continue;
    }
    const [, indent, key = '', written] = KEY.exec(line) ?? [];
    if (indent === undefined || list?.length === 0) return null;
    if (indent.endsWith('- ')) items.push(newItem(file, index + 2));
    const item = items.at(-1);
    const value = written === undefined ? [] : plainValue(written);
    if (item === undefined || value === undefined || key in item.said) return null;
    list = Array.isArray(value) ? value : null;
    item.said[key] = value;
    item.lines[key] = index + 2;
  }
  return list?.length === 0 ? null : { items, complaints: [] };
}

/** @returns undefined for what may be something else to YAML */
function plainValue(written: string): string | number | boolean | undefined {
  if (!VALUE.test(written)) return undefined;
  if (/^[0-9]+$/.test(written)) return Number(written);
  if (!WORD.test(written)) return written;
  return written === 'true' ? true : written === 'false' ? false : undefined;
}

interface PlainItem extends ManifestItem {
  said: Record<string, unknown>;
  /** The line of each key, the first of a file being 1. */
  lines: Record<string, number>;
}

/** @param first its first line */
function newItem(file: string, first: number): PlainItem {
  const [said, lines]: [PlainItem['said'], PlainItem['lines']] = [{}, {}];
  return {
    ...{ said, lines },
    placeOf([key, index]) {
      const line = lines[String(key)];
      const isEntry = typeof index === 'number' && Array.isArray(said[String(key)]);
      return isEntry ? `${file}:${(line ?? first) + 1 + index}:9` : `${file}:${line ?? first}:5`;
    },
  };
}
