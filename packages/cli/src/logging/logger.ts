import { type Logger, pino } from 'pino';
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
  const settings = {
    level: options.level,
    base: { service: 'campusg-pay' },
    timestamp: pino.stdTimeFunctions.isoTime,
    redact: { paths: SECRETS.flatMap((name) => [name, `*.${name}`]), censor: '[secret]' },
  };
  const stream = options.stderr ? process.stderr : process.stdout;
  if (!options.readable) {
    if (stream.isTTY !== true)
      return pino(settings, pino.destination({ fd: stream.fd, sync: true }));
    return pino(settings, { write: (line: string) => stream.write(printableJson(line)) });
  }
  // Asks the terminal, and NO_COLOR.
  const colours = stream.isTTY && stream.hasColors();
  return pino(settings, { write: (line: string) => stream.write(readable(line, { colours })) });
}
