import type { Host } from './host.ts';

/**
 * For how many seconds nothing was sent or received, by the inodes of the sockets: the kernel's own count (TCP_INFO), for
 * which `ss` asks it. Empty segments do not count, messages that keep an SSH connection alive do.
 *
 * @param ports only connections to these ports of ours
 * @returns empty where `ss` is not installed or cannot say
 */
export async function tcpIdle(host: Host, ports: ReadonlySet<number>): Promise<ReadonlyMap<number, number>> {
  if (ports.size === 0) return new Map();
  const wanted = [...ports].map((port) => `sport = :${port}`).join(' or ');
  const { code, stdout } = await host.run('ss', ['-tinHOe', `( ${wanted} )`], { timeout: 5000 });
  return code === 0 ? parseTcpIdle(stdout) : new Map();
}

/** Lines of `ss --oneline --tcp --info --extended`; it leaves out what is 0 (iproute2, misc/ss.c, tcp_stats_print). */
export function parseTcpIdle(text: string): Map<number, number> {
  return new Map(
    text.split('\n').flatMap((line): [number, number][] => {
      const inode = /\sino:(\d+)/.exec(line)?.[1];
      const milliseconds = (name: string) => Number(new RegExp(`\\s${name}:(\\d+)`).exec(line)?.[1] ?? 0);
      // Without lastack there was no TCP_INFO, and then no lastsnd does not mean 0.
      if (inode === undefined || !/\s(lastack|bytes_acked|rtt):/.test(line)) return [];
      return [[Number(inode), Math.min(milliseconds('lastsnd'), milliseconds('lastrcv')) / 1000]];
    }),
  );
}
