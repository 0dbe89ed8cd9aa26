import * as v from 'valibot';
import type { OperatorError } from './errors.ts';

/**
 * A schema of text that one of spec's validators accepts; its hint is told with its message.
 *
 * @param expects what is said of a value that is no text
 */
export const wordOf = <Value>(expects: string, parse: (text: string) => Value) =>
  v.pipe(
    v.string(expects),
    v.rawTransform(({ dataset, addIssue, NEVER }): Value => {
      try {
        return parse(dataset.value);
      } catch (error) {
        const { message, hint } = error as OperatorError;
        addIssue({ message: hint === undefined ? message : `${message}; ${hint}` });
        return NEVER;
      }
    }),
  );
