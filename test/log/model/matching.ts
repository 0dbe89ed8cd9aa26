/** For each row the column it is paired with, so that as many pairs as possible have `true` (augmenting paths). */
export function matching(allowed: readonly (readonly boolean[])[]): (number | undefined)[] {
  const rowOf = new Map<number, number>();
  const place = (row: number, tried: Set<number>): boolean =>
    (allowed[row] ?? []).some((fits, column) => {
      if (!fits || tried.has(column)) return false;
      tried.add(column);
      const other = rowOf.get(column);
      if (other !== undefined && !place(other, tried)) return false;
      rowOf.set(column, row);
      return true;
    });
  allowed.forEach((_, row) => {
    place(row, new Set());
  });
  const columns = new Map([...rowOf].map(([column, row]) => [row, column]));
  return allowed.map((_, row) => columns.get(row));
}
