/**
 * Where lines for operators go. pino fits, and so does any logger that takes facts before the
 * message. Facts never hold a secret.
 */
export interface Logger {
  debug(facts: object, message: string): void;
  info(facts: object, message: string): void;
  warn(facts: object, message: string): void;
  error(facts: object, message: string): void;
}
