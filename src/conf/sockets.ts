import type { Config } from '../config.ts';

/** The socket in the root itself: everybody's, or only the administrators'. */
export const sharedSocket = (config: Config): string => `${config.root}/dev/log`;
export const jailSocket = (config: Config, name: string): string => `${config.root}/${name}/dev/log`;
