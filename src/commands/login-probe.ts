import { setTimeout as sleep } from 'node:timers/promises';
import type { Context } from '../context.ts';
import type { Finding } from '../doctor/finding.ts';
import { findLogin, type SeenLogin } from '../doctor/login.ts';
import { isLeftThrowaway, throwawayName } from '../doctor/throwaway.ts';
import { OperatorError, reasonOf, refused, wrongUsage } from '../errors.ts';
import { Arrivals } from '../host/arrivals.ts';
import { clearClientFolders, makeClientFolder } from '../host/loopback-login.ts';
import { readRegister } from '../host/register.ts';
import { openServices } from '../host/services/open.ts';
import { addAccount } from './add-account.ts';
import { retreatOnSignals, retreatWasAsked } from './carry-out.ts';
import { removeUser } from './remove-user.ts';

const PATIENCE = 10_000;

/** Makes a customer, logs in over loopback, uploads, finds the line, and removes every trace. */
export async function probeByLogin(context: Context): Promise<Finding[]> {
  const { host, config, options } = context;
  if (host.sysroot !== '') throw wrongUsage('nobody can log in to an image', 'leave out --login');
  if (options.dryRun) throw wrongUsage('--login logs in for real, and has no dry run', 'leave out --dry-run');
  if (process.getuid?.() !== 0) throw refused('only root can make an account', 'sudo sftpjail doctor --login');
  const quiet: Context = {
    ...context,
    options: { ...options, json: false, quiet: true },
    say: { ...context.say, result() {}, note() {} },
  };
  // From here on a Ctrl-C takes away what was made.
  retreatOnSignals();
  await removeLeft(quiet);
  const name = throwawayName();
  const seen: SeenLogin = { log: config.log.file, notMade: null, notUploaded: null, arrived: false, left: null };
  const client = await makeClientFolder(host, name);
  let isInterrupted = false;
  try {
    seen.notMade = await failure(() => addAccount(quiet, name, 'only', { key: [client.publicKey] }));
    if (seen.notMade === null) {
      const arrivals = await Arrivals.open(host.followed(config.log.file));
      const tools = { services: openServices(host), sockets: () => [], onUnvalidated: () => {} };
      seen.notUploaded = await failure(() => client.upload(tools, name, name));
      seen.arrived =
        seen.notUploaded === null && (await comes(arrivals, `close "/${config.data}/${name}" bytes read 0 written `));
      await arrivals.close();
    }
  } finally {
    client.remove();
    isInterrupted = retreatWasAsked();
    const why = await failure(() => remove(quiet, name));
    if (why !== null) seen.left = { name, why };
  }
  if (isInterrupted && seen.left === null)
    throw new OperatorError('interrupted', 'interrupted; the account made for it is removed');
  return findLogin(seen);
}

/** Of an earlier run that was killed. */
async function removeLeft(context: Context): Promise<void> {
  clearClientFolders(isLeftThrowaway);
  for (const name of [...readRegister(context.host).users.keys()].filter(isLeftThrowaway)) await remove(context, name);
}

const remove = (context: Context, name: string): Promise<void> =>
  readRegister(context.host).users.has(name)
    ? removeUser({ ...context, options: { ...context.options, yes: true } }, name, { deleteData: true })
    : Promise.resolve();

/** What an operator is told of a failure, or null. */
async function failure(act: () => Promise<void>): Promise<string | null> {
  try {
    await act();
    return null;
  } catch (error) {
    if (error instanceof OperatorError) return reasonOf(error);
    throw error;
  }
}

async function comes(arrivals: Arrivals, words: string): Promise<boolean> {
  for (const deadline = Date.now() + PATIENCE; Date.now() < deadline; await sleep(50))
    if ((await arrivals.more()).includes(words)) return true;
  return false;
}
