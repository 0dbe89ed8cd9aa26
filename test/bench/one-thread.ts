import { refreshLinks } from '../../src/host/refresh.ts';

/** What refresh-links does, on one thread whatever the number of jails; prints the ms that it took. */
async function main(root: string): Promise<void> {
  const start = process.hrtime.bigint();
  await refreshLinks(root, `${root}/dev/log`, { oneThread: Number.POSITIVE_INFINITY });
  console.log(Number(process.hrtime.bigint() - start) / 1e6);
}

main(process.argv[2] as string);
