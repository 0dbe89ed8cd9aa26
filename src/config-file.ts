import * as v from 'valibot';
import { isMap, isScalar, isSeq, LineCounter, parseDocument } from 'yaml';
import { type Config, CRITERIA, DEFAULT_CONFIG, EVENTS, LINE_TYPES } from './config.ts';
import { contradictionIn } from './config-contradictions.ts';
import { wrongUsage } from './errors.ts';
import { shellQuote } from './quote.ts';
import { wordOf } from './schema.ts';
import {
  BYTE_UNITS,
  type ByteUnit,
  parseAccountName,
  parseCurrency,
  parseDecimal,
  parseDuration,
  parseFacility,
  parseFolderName,
  parseGroupName,
  parseHostName,
  parseHostPath,
  parseLedgerAddress,
  parseLogLevel,
  parseMachineName,
  parseMail,
  parseNetworkPlace,
  parseSenderAddress,
  parseSize,
  parseTimeZone,
  parseUmask,
  parseUserName,
  parseWebAddress,
} from './spec.ts';

/** A YAML string that one of spec's validators accepts. */
const word = <Value>(parse: (text: string) => Value) => wordOf('expects text in quotes', parse);

/** The same where one word of ours stands for "find out". */
const wordOr = <const Word extends string, Value>(own: Word, parse: (text: string) => Value) =>
  word((text) => (text === own ? own : parse(text)));

const positive = v.pipe(
  v.number('expects a number'),
  v.integer('expects a whole number'),
  v.minValue(1, 'expects at least 1'),
);
const uid = v.pipe(positive, v.minValue(1000, 'expects at least 1000'), v.maxValue(4_294_967_293));
const oneOf = <const Words extends readonly string[]>(...words: Words) =>
  v.picklist(words, `expects one of ${words.join(', ')}`);

const yesNo = v.boolean('expects true or false');
const size = v.pipe(v.string('expects text in quotes'), v.regex(/^[1-9]\d{0,8}[kMG]?$/, 'expects a size such as 100M'));
const listOf = <Item extends v.GenericSchema>(item: Item) => v.array(item, 'expects a list');
/** A program by its path, and its arguments, which no shell reads. */
const command = v.pipe(
  listOf(v.string('expects text in quotes')),
  v.check(([program]) => /^\/[^\0]*$/.test(program ?? ''), 'expects the path of a program first'),
  v.check((words) => words.every((each) => !each.includes('\0')), 'expects text without NUL'),
);
const event = oneOf(...EVENTS);
const sessionHook = {
  command,
  timeout: v.optional(word(parseDuration), '10s' as never),
};

/** Bytes, as `100 GB`: a number alone could be any unit. */
const amount = wordOf('expects an amount with its unit, for instance 100 GB', parseSize);
/** Money as text: YAML would make a float of a number. */
const money = wordOf('expects a number in quotes, for instance "0.05"', parseDecimal);
const meter = v.partial(v.strictObject({ included: amount, rate: money }));
const TARIFF = {
  ...{ base: money, upload: meter, download: meter, volume: meter, storage: meter },
  quota: v.partial(v.strictObject({ volume: v.nullable(amount), storage: v.nullable(amount) })),
};
const planName = word((text) => {
  if (!/^[A-Za-z0-9][A-Za-z0-9 ._-]{0,63}$/.test(text)) throw new Error(`${JSON.stringify(text)} is no name of a plan`);
  return text;
});

const CONFIG = v.partial(
  v.strictObject({
    root: word(parseHostPath),
    data: word(parseFolderName),
    groups: v.partial(
      v.strictObject({
        files: word(parseGroupName),
        only: word(parseGroupName),
        readOnly: word(parseGroupName),
        admin: word(parseGroupName),
      }),
    ),
    sftp: v.partial(
      v.strictObject({
        umask: word(parseUmask),
        logLevel: word(parseLogLevel),
        facility: word(parseFacility),
        symlinks: oneOf('deny', 'allow'),
      }),
    ),
    sshd: v.partial(v.strictObject({ logLevel: word(parseLogLevel) })),
    log: v.partial(
      v.strictObject({
        socket: oneOf('shared', 'per-jail'),
        file: word(parseHostPath),
        sshd: wordOr('auto', parseHostPath),
        timezone: wordOr('host', parseTimeZone),
        detail: positive,
        forward: v.nullable(word(parseNetworkPlace)),
        receive: v.nullable(word(parseNetworkPlace)),
        senders: v.record(word(parseSenderAddress), word(parseMachineName)),
        rotate: v.partial(
          v.strictObject({
            every: oneOf('daily', 'weekly', 'monthly'),
            keep: positive,
            maxsize: size,
          }),
        ),
      }),
    ),
    uids: v.partial(v.strictObject({ first: uid, last: uid })),
    share: v.partial(v.strictObject({ writable: yesNo })),
    watch: v.partial(
      v.strictObject({
        enabled: yesNo,
        retry: v.partial(
          v.strictObject({ first: word(parseDuration), most: word(parseDuration), for: word(parseDuration) }),
        ),
        sshd: oneOf('log', 'journal'),
        metricsFile: v.nullable(word(parseHostPath)),
      }),
    ),
    mail: v.partial(
      v.strictObject({
        from: v.nullable(word(parseMail)),
        to: listOf(word(parseMail)),
        receipts: yesNo,
        empty: yesNo,
        gather: word(parseDuration),
        sendmail: v.nullable(word(parseHostPath)),
        smtp: v.partial(
          v.strictObject({
            host: word(parseHostName),
            port: v.pipe(positive, v.maxValue(65_535)),
            tls: oneOf('auto', 'starttls', 'implicit', 'none'),
            ca: v.nullable(word(parseHostPath)),
            user: v.nullable(v.string('expects text in quotes')),
            passwordFile: v.nullable(word(parseHostPath)),
          }),
        ),
      }),
    ),
    hooks: v.partial(
      v.strictObject({
        user: word(parseAccountName),
        timeout: word(parseDuration),
        atOnce: positive,
        login: v.nullable(command),
        'session-opened': v.nullable(command),
        'session-closed': v.nullable(command),
        'upload-completed': v.nullable(command),
        'login-failed': v.nullable(command),
        'lines-missing': v.nullable(command),
        'quota-reached': v.nullable(command),
        'before-session': v.nullable(v.strictObject({ ...sessionHook, required: v.optional(yesNo, false) })),
        'after-session': v.nullable(v.strictObject(sessionHook)),
      }),
    ),
    webhooks: listOf(
      v.strictObject({
        url: word(parseWebAddress),
        on: v.optional(listOf(event), ['session-closed']),
        secretFile: word(parseHostPath),
      }),
    ),
    forensic: v.partial(
      v.strictObject({
        enabled: yesNo,
        sftp: oneOf('verbose', 'debug1', 'debug3'),
        size: v.pipe(positive, v.maxValue(100_000)),
        memory: size,
        criteria: listOf(oneOf(...CRITERIA)),
        capture: listOf(oneOf(...LINE_TYPES)),
      }),
    ),
    ledger: v.partial(
      v.strictObject({
        enabled: yesNo,
        database: word(parseLedgerAddress),
        passwordFile: v.nullable(word(parseHostPath)),
      }),
    ),
    billing: v.partial(
      v.strictObject({
        timezone: wordOr('host', parseTimeZone),
        currency: word(parseCurrency),
        decimals: v.pipe(
          v.number('expects a number'),
          v.integer('expects a whole number'),
          v.minValue(0),
          v.maxValue(4),
        ),
        per: oneOf(...(Object.keys(BYTE_UNITS) as ByteUnit[])),
        storageBy: oneOf('mean', 'peak'),
        notices: v.pipe(
          listOf(v.pipe(positive, v.maxValue(1000, 'expects at most 1000'))),
          v.transform((percents) => [...new Set(percents)].sort((one, other) => one - other)),
        ),
        rates: v.partial(v.strictObject(TARIFF)),
        plans: v.record(planName, v.partial(v.strictObject(TARIFF))),
        accounts: v.record(
          word(parseUserName),
          v.partial(v.strictObject({ plan: v.string('expects text'), ...TARIFF })),
        ),
      }),
    ),
  }),
);

/** Objects are merged key by key, everything else is replaced: also one whose keys are the administrator's own. */
function merged<Value>(defaults: Value, given: unknown): Value {
  if (given === undefined) return defaults;
  if (typeof defaults !== 'object' || defaults === null || Array.isArray(defaults)) return given as Value;
  if (Object.keys(defaults).length === 0) return given as Value;
  const values = given as Record<string, unknown>;
  return Object.fromEntries(Object.entries(defaults).map(([key, value]) => [key, merged(value, values[key])])) as Value;
}

/** @throws OperatorError `usage`, its message beginning with `file:line:` */
export function parseConfig(text: string, file: string): Config {
  const lines = new LineCounter();
  const document = parseDocument(text, { lineCounter: lines, prettyErrors: false });
  const at = (offset: number) => `${file}:${lines.linePos(offset).line}`;
  const wrong = (message: string, hint = `edit ${shellQuote(file)}`) => wrongUsage(message, hint);
  const [broken] = document.errors;
  if (broken) throw wrong(`${at(broken.pos[0])}: ${broken.message}`);

  const result = v.safeParse(CONFIG, document.toJS() ?? {});
  if (!result.success) {
    const [issue] = result.issues;
    const keys = issue.path?.map((item) => String(item.key)) ?? [];
    const place = `${at(offsetOf(document.contents, keys))}: ${keys.join('.') || 'the file'}`;
    if (issue.type !== 'strict_object' || issue.expected !== 'never') throw wrong(`${place}: ${issue.message}`);
    throw wrong(`${place} is not a key of ours`, `use one of: ${knownKeys(keys.slice(0, -1)).join(', ')}`);
  }
  const config = merged(DEFAULT_CONFIG, result.output);
  const contradiction = contradictionIn(config);
  if (contradiction) throw wrong(`${file}: ${contradiction}`);
  const unknown = unknownPlan(config);
  if (unknown)
    throw wrong(`${at(offsetOf(document.contents, unknown.keys))}: ${unknown.keys.join('.')}: ${unknown.message}`);
  return config;
}

/** What a schema may consist of (valibot's object, partial, nullable, array and record). */
interface Schema {
  entries?: Record<string, Schema>;
  wrapped?: Schema;
  item?: Schema;
  value?: Schema;
}

/** The keys that may stand at a place. */
function knownKeys(path: readonly string[]): string[] {
  const bare = (schema: Schema | undefined): Schema => (schema?.wrapped ? bare(schema.wrapped) : (schema ?? {}));
  const inside = (schema: Schema, key: string) => bare(schema.entries?.[key] ?? schema.item ?? schema.value);
  return Object.keys(path.reduce(inside, CONFIG as unknown as Schema).entries ?? {});
}

function unknownPlan({ billing: { plans, accounts } }: Config): { keys: string[]; message: string } | null {
  for (const [name, { plan }] of Object.entries(accounts))
    if (plan !== undefined && !Object.hasOwn(plans, plan)) {
      const known = Object.keys(plans).join(', ') || 'none';
      return {
        keys: ['billing', 'accounts', name, 'plan'],
        message: `there is no plan ${JSON.stringify(plan)}; plans: ${known}`,
      };
    }
  return null;
}

/** Where a key stands in the text; its nearest parent's place when it is missing. */
function offsetOf(contents: unknown, keys: string[]): number {
  let node = contents;
  let offset = 0;
  for (const key of keys) {
    if (isSeq(node)) {
      node = node.items[Number(key)];
      offset = (node as { range?: number[] } | undefined)?.range?.[0] ?? offset;
      continue;
    }
    if (!isMap(node)) break;
    const pair = node.items.find((item) => isScalar(item.key) && String(item.key.value) === key);
    if (!pair || !isScalar(pair.key)) break;
    offset = pair.key.range?.[0] ?? offset;
    node = pair.value;
  }
  return offset;
}
