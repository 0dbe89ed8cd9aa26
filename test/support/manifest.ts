/** A manifest of customers `name(1)` to `name(count)` who share a key. */
export const manifestOf = (count: number, key: string, name = (n: number) => `customer-${n}`): string =>
  `users:\n${Array.from({ length: count }, (_, i) => entryFor(name(i + 1), key)).join('')}`;

const entryFor = (name: string, key: string): string =>
  `  - name: ${name}\n    keys:\n      - ${key.trim()}\n    comment: Customer ${name}\n    data: [in, out]\n`;
