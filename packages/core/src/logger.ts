/**
 * Where lines for operators go. pino and `console` fit as they are, and so does any logger that takes
 * facts before the message. One that takes the message first, such as winston, fits once it is turned
 * around: `{ info: (facts, message) => winston.info(message, facts), ... }`. Facts never hold a secret.
 */
export interface Logger {
  debug(facts: object, message: string): void;
  info(facts: object, message: string): void;
  warn(facts: object, message: string): void;
  error(facts: object, message: string): void;
}
