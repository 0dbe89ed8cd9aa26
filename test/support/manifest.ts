interface Kind {
  /** Nothing but what an account needs. */
  bare?: boolean;
}

/** A manifest of `customer-1` to `customer-COUNT`, who share a key. */
export const manifestOf = (count: number, key: string, { bare = false }: Kind = {}): string =>
  `users:\n${Array.from({ length: count }, (_, i) => entryFor(`customer-${i + 1}`, key.trim(), bare)).join('')}`;

const entryFor = (name: string, key: string, bare: boolean): string =>
  `  - name: ${name}\n    keys:\n      - ${key}\n${bare ? '' : `    comment: The ${name}\n    data: [in, out]\n`}`;
