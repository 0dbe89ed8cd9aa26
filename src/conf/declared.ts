import * as v from 'valibot';
import { parse, stringify } from 'yaml';
import { reasonOf, refused } from '../errors.ts';
import type { Declared } from '../plan/facts.ts';
import { FACILITIES, LOG_LEVELS, parseDate, parseFolderName, parseFolderPath, parseMail } from '../spec.ts';

const DECLARED = v.strictObject({
  mail: v.optional(v.pipe(v.string(), v.transform(parseMail))),
  logLevel: v.optional(v.picklist(LOG_LEVELS)),
  facility: v.optional(v.picklist(FACILITIES)),
  folders: v.optional(v.array(v.pipe(v.string(), v.transform(parseFolderPath)))),
  shares: v.optional(v.array(v.pipe(v.string(), v.transform(parseFolderName)))),
  expires: v.optional(v.pipe(v.string(), v.transform(parseDate))),
  lockedUntil: v.optional(v.pipe(v.string(), v.transform(parseDate))),
});

/** @throws OperatorError `refused` with the file's name */
export function parseDeclared(text: string, file: string): Declared {
  try {
    const { mail, logLevel, facility, folders, shares, expires, lockedUntil } = v.parse(DECLARED, parse(text) ?? {});
    return {
      ...(mail && { mail }),
      ...(logLevel && { logLevel }),
      ...(facility && { facility }),
      ...(folders && { folders }),
      ...(shares && { shares }),
      ...(expires && { expires }),
      ...(lockedUntil && { lockedUntil }),
    };
  } catch (error) {
    throw refused(`${file}: ${reasonOf(error)}`, `edit ${file}`);
  }
}

export const renderDeclared = (declared: Declared): string => stringify(declared);
