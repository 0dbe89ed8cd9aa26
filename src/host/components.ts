import type { Component } from '../plan/root.ts';
import type { Host } from './host.ts';
import { lstatOrNull } from './read.ts';

/** Every folder from `/` down to a path, and the path itself. */
export function componentsOf(host: Host, path: string): Component[] {
  const parts = path.split('/').filter(Boolean);
  return ['/', ...parts.map((_, index) => `/${parts.slice(0, index + 1).join('/')}`)].map((at) =>
    componentAt(host, at),
  );
}

export function componentAt(host: Host, path: string): Component {
  const found = lstatOrNull(host.path(path));
  return {
    path,
    found: found && {
      uid: found.uid,
      mode: found.mode,
      isDirectory: found.isDirectory(),
      isSymlink: found.isSymbolicLink(),
    },
  };
}
