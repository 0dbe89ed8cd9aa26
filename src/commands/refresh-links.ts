import { sharedSocket } from '../conf/sockets.ts';
import type { Context } from '../context.ts';
import { OperatorError } from '../errors.ts';
import { refreshLinks as refresh } from '../host/refresh.ts';

/**
 * Points every jail's `dev/log` at the socket that rsyslog reads now. Takes no lock: `init` holds it while rsyslog's own
 * post-start hook runs this. The HUP that rotates rsyslog's logs reaches its hook on Debian 12, so it is ignored.
 */
export async function refreshLinks({ host, config, options, say }: Context): Promise<void> {
  process.on('SIGHUP', () => {});
  if (config.log.socket === 'per-jail') {
    if (options.json)
      return say.result(JSON.stringify({ changed: false, links: { changed: 0, current: 0 }, failed: [] }));
    return say.note('Every jail has a socket of its own (log.socket: per-jail); there are no links to refresh.');
  }
  if (options.dryRun) {
    const { staleLinks } = await import('../host/stale.ts');
    const stale = staleLinks(host.path(config.root), host.path(sharedSocket(config)));
    if (options.json) return say.result(JSON.stringify({ changed: false, stale }));
    if (stale.length === 0) say.result('Nothing to change.');
    for (const path of stale) say.result(`  ~ link ${path}`);
    return;
  }
  const { changed, current, failed } = await refresh(host.path(config.root), host.path(sharedSocket(config)));
  if (options.json) say.result(JSON.stringify({ changed: changed > 0, links: { changed, current }, failed }));
  else say.note(`${changed} of ${changed + current + failed.length} links were stale and are mended.`);
  if (failed.length === 0) return;
  throw new OperatorError(
    'differs',
    ['these jails have no working log:', ...failed.map(({ path, reason }) => `${path}: ${reason}`)].join('\n'),
    'mend what is named, then run: sftpjail refresh-links',
  );
}
