import { type Document, isMap, isScalar, isSeq, LineCounter, parseDocument } from 'yaml';
import type { Complaint, Place } from './manifest.ts';
import type { ManifestItem, ManifestItems } from './manifest-items.ts';

/** Reads a manifest, all of it, with everything that is wrong with its form. */
export function yamlItems(text: string, file: string): ManifestItems {
  const lines = new LineCounter();
  const document = parseDocument(text, { lineCounter: lines, prettyErrors: false });
  const placeOf = (offset: number): Place => {
    const { line, col } = lines.linePos(offset);
    return `${file}:${line}:${col}`;
  };
  const complaints: Complaint[] = document.errors.map(({ pos, message }) => ({ place: placeOf(pos[0]), message }));
  const read: Reading = { document, placeOf: (node) => placeOf(offsetOf(node)), complaints };
  return { items: complaints.length > 0 ? [] : itemsIn(read), complaints };
}

interface Reading {
  document: Document.Parsed;
  placeOf(node: unknown): Place;
  complaints: Complaint[];
}

function itemsIn({ document, placeOf, complaints }: Reading): ManifestItem[] {
  const complain = (node: unknown, message: string) => complaints.push({ place: placeOf(node), message });
  const { contents } = document;
  if (!isMap(contents)) {
    complain(contents, 'expects users: and a list below it');
    return [];
  }
  for (const { key } of contents.items)
    if (!isScalar(key) || key.value !== 'users')
      complain(key, `${JSON.stringify(key)} is not a key of ours; use users`);
  const list = contents.get('users', true);
  if (list === undefined) complain(contents, 'lacks users');
  else if (!isSeq(list)) complain(list, 'users: expects a list');
  const items = isSeq(list) ? list.items : [];
  return items.map((item) => ({
    said: isMap(item) ? item.toJS(document) : null,
    placeOf: (keys) => placeOf(nodeAt(item, keys)),
  }));
}

/** The node that a path leads to: the key of a pair, or its parent where it is missing. */
function nodeAt(node: unknown, keys: readonly PropertyKey[]): unknown {
  const [key, ...rest] = keys;
  if (isSeq(node) && typeof key === 'number')
    return node.items[key] === undefined ? node : nodeAt(node.items[key], rest);
  const pair = isMap(node)
    ? node.items.find((item) => isScalar(item.key) && String(item.key.value) === key)
    : undefined;
  if (pair === undefined) return node;
  return rest.length === 0 ? pair.key : nodeAt(pair.value, rest);
}

const offsetOf = (node: unknown): number => (node as { range?: [number] | null } | null)?.range?.[0] ?? 0;
