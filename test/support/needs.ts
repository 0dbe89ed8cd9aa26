import { accessSync, constants } from 'node:fs';

const PROGRAMS = ['/usr/bin/systemd-nspawn', '/usr/sbin/debootstrap', '/usr/bin/nsenter', '/usr/bin/gcc'];

function runnable(path: string): boolean {
  try {
    accessSync(path, constants.X_OK);
    return true;
  } catch {
    return false;
  }
}

/** Why this host cannot run the recipe that reading a log is measured against, or null when it can. */
export function missingForRecipe(): string | null {
  return runnable('/usr/bin/python3') ? null : 'needs /usr/bin/python3';
}

/** Why this host cannot run machines, or null when it can. */
export function missingForMachines(): string | null {
  if (process.getuid?.() !== 0) return 'needs root';
  const missing = PROGRAMS.filter((path) => !runnable(path));
  return missing.length > 0 ? `needs ${missing.join(', ')}` : null;
}
