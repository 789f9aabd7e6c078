import { type DestinationStream, type Logger, pino } from 'pino';
import { printableJson } from '../terminal/printable.js';
import { readable } from './readable-log.js';

/** Names under which secrets travel. They are not logged on purpose; this is the second lock. */
const SECRETS = [
  'authorization',
  'clientSecret',
  'client_secret',
  'secretKey',
  'password',
  'connectionString',
  // Of a URL that could not be read: all of it.
  'input',
];

/**
 * The log: JSON lines on stdout, or readable ones where a person is watching.
 *
 * Lines carry facts under fixed names: `requestId`, `orderId`, `paymentId`, `durationMs`, `err`.
 */
export function createLogger(options: {
  readonly level: string;
  readonly readable: boolean;
  /** To stderr instead, for commands whose own output goes to stdout. */
  readonly stderr?: boolean;
}): Logger {
  const stream = options.stderr ? process.stderr : process.stdout;
  const destination = destinationOn(stream, options.readable);
  const { level } = options;
  const base = { service: 'campusg-pay' };
  const timestamp = pino.stdTimeFunctions.isoTime;
  const paths = SECRETS.flatMap((name) => [name, `*.${name}`]);
  const redact = { paths, censor: '[secret]' };
  const masking = pino({ level, base, timestamp, redact }, destination);
  return pino(
    {
      level,
      base,
      timestamp,
      hooks: {
        logMethod(args, method) {
          method.apply(namesSecret(args[0]) ? masking : this, args);
        },
      },
    },
    destination,
  );
}

function destinationOn(
  stream: typeof process.stdout | typeof process.stderr,
  isReadable: boolean,
): DestinationStream {
  if (isReadable) {
    // Asks the terminal, and NO_COLOR.
    const colours = stream.isTTY && stream.hasColors();
    return { write: (line: string) => stream.write(readable(line, { colours })) };
  }
  if (stream.isTTY !== true) return pino.destination({ fd: stream.fd, sync: true });
  return { write: (line: string) => stream.write(printableJson(line)) };
}

/**
 * Whether pino's masking would find anything. It rebuilds every object that it looks into, which takes
 * as long as all else of a line; and there is never anything to find.
 */
function namesSecret(facts: unknown): boolean {
  if (typeof facts !== 'object' || facts === null) return false;
  for (const [name, value] of Object.entries(facts)) {
    if (SECRET_NAMES.has(name)) return true;
    if (typeof value !== 'object' || value === null) continue;
    for (const inner in value) if (SECRET_NAMES.has(inner)) return true;
  }
  return false;
}

const SECRET_NAMES: ReadonlySet<string> = new Set(SECRETS);
