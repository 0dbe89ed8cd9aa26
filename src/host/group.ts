import type { Host } from './host.ts';
import { type KindOnHost, StillInUse } from './kind.ts';
import { readRegister } from './register.ts';

/** shadow's tools work on an image themselves (`--prefix`), so its own programs need not run here. */
export const shadowTool = (host: Host, program: string, args: readonly string[]) =>
  host.outside.must(program, host.sysroot === '' ? args : ['--prefix', host.sysroot, ...args], { keepsLock: true });

export const group: KindOnHost<'group'> = {
  read(host, at) {
    const found = readRegister(host).groups.get(at);
    return found ? { gid: found.gid } : null;
  },

  async put(host, at, state) {
    const { groups, users } = readRegister(host);
    const found = groups.get(at);
    if (state === null && found) {
      const primary = [...users.values()].filter(({ gid }) => gid === found.gid).map(({ name }) => name);
      const belonging = [...found.members, ...primary];
      if (belonging.length > 0)
        throw new StillInUse(`${belonging.join(', ')} belong${belonging.length > 1 ? '' : 's'} to it`);
      await shadowTool(host, 'groupdel', [at]);
    }
    if (state !== null && !found)
      await shadowTool(host, 'groupadd', state.gid === undefined ? ['--system', at] : ['--gid', String(state.gid), at]);
  },
};
