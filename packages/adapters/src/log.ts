import { type Logger, pino } from 'pino';
import pretty from 'pino-pretty';

/** Names under which secrets travel. They are not logged on purpose; this is the second lock. */
const SECRETS = [
  'authorization',
  'clientSecret',
  'client_secret',
  'secretKey',
  'password',
  'connectionString',
];

/**
 * The log: JSON lines on stdout, or readable ones where a person is watching.
 *
 * Lines carry facts under fixed names: `requestId`, `orderId`, `paymentId`, `durationMs`, `err`.
 */
export function createLogger(options: {
  readonly level: string;
  readonly readable: boolean;
}): Logger {
  const settings = {
    level: options.level,
    base: { service: 'campusg-pay' },
    timestamp: pino.stdTimeFunctions.isoTime,
    redact: { paths: SECRETS.flatMap((name) => [name, `*.${name}`]), censor: '[secret]' },
  };
  if (!options.readable) return pino(settings);
  const format = {
    ignore: 'pid,hostname,service',
    translateTime: 'SYS:HH:MM:ss.l',
    singleLine: true,
  };
  return pino(settings, pretty({ ...format, sync: true }));
}
