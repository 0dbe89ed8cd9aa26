import { parseRepquota, type QuotaUse } from '../conf/repquota.ts';
import type { Host } from './host.ts';
import { mountOf, readMounts } from './mounts.ts';

/** What the kernel's quotas say of accounts, file system by file system, as far as there are any. */
export interface Quotas {
  of(path: string, uid: number): Promise<QuotaUse | null>;
}

/** Each file system is asked for once. */
export function openQuotas(host: Host): Quotas {
  const mounts = readMounts();
  const known = new Map<string, Promise<ReadonlyMap<number, QuotaUse> | null>>();
  const usesOn = async (point: string) => {
    // Without quotas it has a status of its own, and so it has where it is not installed.
    const { code, stdout } = await host.run('repquota', ['-u', '-n', '-O', 'csv', point]);
    return code === 0 ? parseRepquota(stdout) : null;
  };
  return {
    async of(path, uid) {
      const point = mountOf(mounts, path)?.point;
      if (point === undefined) return null;
      const uses = known.get(point) ?? usesOn(point);
      known.set(point, uses);
      return (await uses)?.get(uid) ?? null;
    },
  };
}
