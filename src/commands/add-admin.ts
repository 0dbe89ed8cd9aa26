import type { Context } from '../context.ts';
import { parseUserName } from '../spec.ts';
import { type AccountOptions, addAccount } from './add-account.ts';

/** An administrator of files: locked into the root itself, and so among every customer's files. */
export const addAdmin = (context: Context, name: string, options: AccountOptions): Promise<void> =>
  addAccount(context, parseUserName(name), 'admin', options);
