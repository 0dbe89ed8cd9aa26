import type { Context } from '../context.ts';
import { parseUserName } from '../spec.ts';
import { type AccountOptions, addAccount } from './add-account.ts';

/** A customer: locked into `<root>/<name>`, every transfer on record. */
export const addUser = (context: Context, name: string, options: AccountOptions): Promise<void> =>
  addAccount(context, parseUserName(name), options.readOnly ? 'readOnly' : 'only', options);
