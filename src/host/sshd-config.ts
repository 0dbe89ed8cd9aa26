import { matchesGlob } from '../conf/glob.ts';
import { type Directive, parseSshdConfig, SSHD_CONFIG } from '../conf/sshd.ts';
import { SSHD_DROP_IN } from '../conf/sshd-drop-in.ts';
import type { Host } from './host.ts';
import { readIncluded } from './included.ts';
import { textOrNull } from './read.ts';

/** sshd's configuration with all that it includes, and our drop-in in its place, be it there already or not. */
export const readSshdConfig = (host: Host): Directive[] =>
  parseSshdConfig({ file: SSHD_CONFIG, text: textOrNull(host.followed(SSHD_CONFIG)) ?? '' }, (pattern) => {
    const found = readIncluded(host, pattern);
    const lacksOurs = matchesGlob(SSHD_DROP_IN, pattern) && !found.some(({ file }) => file === SSHD_DROP_IN);
    return lacksOurs ? [...found, { file: SSHD_DROP_IN, text: '' }] : found;
  });
