import { parseArgs } from 'node:util';
import { err, ok, type Result } from 'neverthrow';
import type { SandboxOptions } from './options.js';
import { isHttpUrl } from './webhooks/endpoint.js';

/** What the command line asks for. */
export type Command =
  | { readonly kind: 'help' }
  | { readonly kind: 'version' }
  | { readonly kind: 'serve'; readonly options: SandboxOptions };

interface Flag {
  /** What stands for the value in the help; a switch has none. */
  readonly value?: string;
  readonly about: string;
  readonly rule?: string;
  readonly allows?: (text: string) => boolean;
  /** Never repeated in a message: it may be the real thing, pasted by mistake. */
  readonly secret?: true;
}

const DEFAULT_PORT = '12111';

const FLAGS: Readonly<Record<string, Flag>> = {
  port: {
    value: 'number',
    about: `default ${DEFAULT_PORT}; 0 takes any free port`,
    rule: 'must be a whole number from 0 to 65535',
    allows: (text) => /^\d{1,5}$/.test(text) && Number(text) <= 65_535,
  },
  host: {
    value: 'address',
    about: 'default 127.0.0.1',
    rule: 'must be a host name or an address',
    allows: (text) => /^[^\s/]+$/.test(text),
  },
  data: {
    value: 'file',
    about: 'keep the state in this file; without it, in memory only',
    rule: 'must name a file',
    allows: (text) => text !== '',
  },
  clock: {
    value: 'time',
    about: 'where the clock begins, e.g. 2027-01-01T09:00:00Z; default now',
    rule: 'must be an ISO 8601 date and time with Z or an offset, 1970 or later, such as 2027-01-01T09:00:00Z',
    allows: (text) => parseTime(text) !== undefined,
  },
  'webhook-url': {
    value: 'url',
    about: 'deliver events here, signed with --webhook-secret',
    rule: 'must be an http or https URL',
    allows: isHttpUrl,
  },
  'webhook-secret': {
    value: 'secret',
    about: 'signs the events for --webhook-url',
    rule: 'must not be empty',
    allows: (text) => text !== '',
    secret: true,
  },
  'connect-webhook-url': {
    value: 'url',
    about: 'deliver events of connected accounts here',
    rule: 'must be an http or https URL',
    allows: isHttpUrl,
  },
  'connect-webhook-secret': {
    value: 'secret',
    about: 'signs those',
    rule: 'must not be empty',
    allows: (text) => text !== '',
    secret: true,
  },
  'secret-key': {
    value: 'sk_test_...',
    about: 'accept only this API key; without it, any test key',
    rule: 'must be sk_test_ or rk_test_ followed by letters and digits',
    allows: (text) => /^[sr]k_test_\w+$/.test(text),
    secret: true,
  },
  'public-url': {
    value: 'url',
    about: 'how a browser reaches the sandbox, if not by its address',
    rule: 'must be an http or https URL',
    allows: isHttpUrl,
  },
  help: { about: 'show this' },
  version: { about: 'show the version' },
};

export function usage(): string {
  const flags = Object.entries(FLAGS).map(([name, { value, about }]) => {
    const left = value === undefined ? `--${name}` : `--${name} <${value}>`;
    return `  ${left.padEnd(35)}${about}`;
  });
  return `Usage: campusg-pay-sandbox [flags]

A Stripe-shaped server for development and tests. Prints {"url":"..."} when it serves.

${flags.join('\n')}
`;
}

/** Reads the arguments of the command; a misuse is a sentence that names the flag and the rule. */
export function readFlags(args: readonly string[]): Result<Command, string> {
  const { tokens } = parseArgs({
    args: [...args],
    options: Object.fromEntries(
      Object.entries(FLAGS).map(([name, { value }]) => [
        name,
        { type: value === undefined ? ('boolean' as const) : ('string' as const) },
      ]),
    ),
    // It words its errors for programmers; the tokens are checked below instead.
    strict: false,
    tokens: true,
  });
  const given = new Map<string, string>();
  for (const token of tokens) {
    const problem = token.kind === 'option' ? misuse(token, given) : unexpected(token);
    if (problem !== undefined) return err(problem);
    if (token.kind === 'option') given.set(token.name, token.value ?? '');
  }
  if (given.has('help')) return ok({ kind: 'help' });
  if (given.has('version')) return ok({ kind: 'version' });
  return optionsOf(given).map((options) => ({ kind: 'serve', options }));
}

type Token = NonNullable<ReturnType<typeof parseArgs>['tokens']>[number];
type OptionToken = Extract<Token, { kind: 'option' }>;

function unexpected(token: Token): string | undefined {
  if (token.kind !== 'positional') return undefined;
  return `'${token.value}' is not expected here: every argument is a flag or the value of one`;
}

function misuse(
  { name, rawName, value, inlineValue }: OptionToken,
  given: ReadonlyMap<string, string>,
): string | undefined {
  const flag = Object.hasOwn(FLAGS, name) ? FLAGS[name] : undefined;
  if (flag === undefined) return `${rawName} is not a flag of campusg-pay-sandbox`;
  if (given.has(name)) return `${rawName} must be given only once`;
  if (flag.value === undefined) {
    return value === undefined ? undefined : `${rawName} must stand alone, without a value`;
  }
  if (value === undefined || (inlineValue !== true && value.startsWith('--'))) {
    return `${rawName} must be followed by a value: ${rawName} <${flag.value}>`;
  }
  if (flag.allows?.(value) !== false) return undefined;
  return `${rawName} ${flag.rule}${flag.secret ? '' : `, not '${value}'`}`;
}

function optionsOf(given: ReadonlyMap<string, string>): Result<SandboxOptions, string> {
  const url = given.get('webhook-url');
  const secret = given.get('webhook-secret');
  if (url !== undefined && secret === undefined) {
    return err('--webhook-url must come with --webhook-secret, which signs what is delivered');
  }
  if (url === undefined && secret !== undefined) {
    return err('--webhook-secret must come with --webhook-url, where events are delivered');
  }
  const connectUrl = given.get('connect-webhook-url');
  const connectSecret = given.get('connect-webhook-secret');
  if ((connectUrl === undefined) !== (connectSecret === undefined)) {
    return err('--connect-webhook-url and --connect-webhook-secret must come together');
  }
  if (connectUrl !== undefined && url === undefined) {
    return err('--connect-webhook-url must come with --webhook-url, where all other events go');
  }
  const host = given.get('host');
  const dataFile = given.get('data');
  const startAt = parseTime(given.get('clock') ?? '');
  const secretKey = given.get('secret-key');
  const publicUrl = given.get('public-url');
  return ok({
    port: Number(given.get('port') ?? DEFAULT_PORT),
    ...(host === undefined ? {} : { host }),
    ...(dataFile === undefined ? {} : { dataFile }),
    ...(startAt === undefined ? {} : { startAt }),
    ...(url === undefined || secret === undefined
      ? {}
      : { webhook: { url, secret, ...connectOf(connectUrl, connectSecret) } }),
    ...(secretKey === undefined ? {} : { secretKey }),
    ...(publicUrl === undefined ? {} : { publicUrl }),
  });
}

function connectOf(url: string | undefined, secret: string | undefined) {
  return url === undefined || secret === undefined ? {} : { connect: { url, secret } };
}

const TIME = /^(\d{4})-(\d\d)-(\d\d)T\d\d:\d\d(:\d\d(\.\d{1,9})?)?(Z|[+-]\d\d:\d\d)$/;

function parseTime(text: string): Date | undefined {
  const [, year, month, day] = TIME.exec(text) ?? [];
  const time = new Date(text);
  // `Date` reads the 30th of February as the 2nd of March.
  const named = new Date(Date.UTC(Number(year), Number(month) - 1, Number(day)));
  const sound = named.getUTCDate() === Number(day) && time.getTime() >= 0;
  return sound ? time : undefined;
}
