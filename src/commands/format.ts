import type { Context } from '../context.ts';
import { wrongUsage } from '../errors.ts';

/** What `--format` and `--json` come to; the first format where neither was given. @throws OperatorError `usage` */
export function chosenFormat<Format extends string>(
  { options: { json } }: Context,
  format: string | undefined,
  formats: readonly [Format, ...Format[]],
): Format {
  if (json && format !== undefined && format !== 'json')
    throw wrongUsage('--json and --format say different things', 'leave one of them out');
  const chosen = formats.find((each) => each === (format ?? (json ? 'json' : formats[0])));
  if (chosen === undefined)
    throw wrongUsage(`${JSON.stringify(format)} is no format`, `use one of ${formats.join(', ')}`);
  return chosen;
}
