/** Path to a line of type, mode, owner:group and content (hash, or a link's target). */
export type Tree = ReadonlyMap<string, string>;

type Row = [path: string, type: string, mode: string, uid: number, gid: number, content: string];

export function parseTree(lines: string): Tree {
  const rows = lines
    .split('\n')
    .filter(Boolean)
    .map((line) => JSON.parse(line) as Row);
  return new Map(
    rows.map(([path, type, mode, uid, gid, content]) => [path, `${type} ${mode} ${uid}:${gid} ${content}`.trimEnd()]),
  );
}

/** One line for each thing that differs, `-` as it was and `+` as it is; empty when nothing does. */
export function diffTrees(before: Tree, after: Tree): string[] {
  const paths = [...new Set([...before.keys(), ...after.keys()])].sort();
  return paths.flatMap((path) => {
    const was = before.get(path);
    const is = after.get(path);
    if (was === is) return [];
    return [...(was === undefined ? [] : [`- ${path} ${was}`]), ...(is === undefined ? [] : [`+ ${path} ${is}`])];
  });
}
