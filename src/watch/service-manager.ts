import { execFile } from 'node:child_process';

/**
 * Tells systemd how we are. Its socket takes datagrams, which Node cannot send, so that a program of its own does; the
 * unit has NotifyAccess=all for that.
 */
export function openServiceManager(): { tell(state: string): Promise<void>; close(): void } {
  const { NOTIFY_SOCKET, WATCHDOG_USEC } = process.env;
  if (!NOTIFY_SOCKET) return { tell: async () => {}, close() {} };
  const tell = (state: string) =>
    new Promise<void>((resolve) => {
      execFile('systemd-notify', [state], { timeout: 10_000 }, () => resolve());
    });
  const every = Number(WATCHDOG_USEC ?? 0) / 1000 / 3;
  // Whatever keeps this from running keeps everything else from running as well.
  const timer = every > 0 ? setInterval(() => void tell('WATCHDOG=1'), every) : undefined;
  return { tell, close: () => clearInterval(timer) };
}
