import { readFileSync } from 'node:fs';
import { err, ok, type Result } from 'neverthrow';
import type { ConfigError, Variable } from './variables.js';

/** Variables by their name, such as `process.env`. */
export type Environment = Readonly<Record<string, string | undefined>>;

/** Of several lines by their nature. */
const PEM: readonly string[] = ['KAFKA_SSL_CA'] satisfies Variable[];

/** May end in anything, so that only a pair of quotes is one around it. */
const FREE: readonly string[] = ['KAFKA_SASL_PASSWORD'] satisfies Variable[];

/**
 * The text of a variable or of the file that `NAME_FILE` names: blanks, line ends and a byte order mark
 * around it are left out. Undefined: not set, or wrong and added to the errors.
 */
export function textOf(
  environment: Environment,
  variable: Variable,
  errors: ConfigError[],
): string | undefined {
  const text = environment[variable]?.trim();
  const file = environment[`${variable}_FILE`]?.trim();
  if (text && file) {
    errors.push({ variable, rule: `must not be set together with ${variable}_FILE` });
    return undefined;
  }
  const found: Result<string | undefined, string> = file ? contentOf(file) : ok(text || undefined);
  const checked = found.andThen((value) => checkText(variable, value));
  if (checked.isOk()) return checked.value;
  errors.push({ variable: file ? `${variable}_FILE` : variable, rule: checked.error });
  return undefined;
}

/** Whether a variable is set, in whichever way. */
export function isSet(environment: Environment, variable: string): boolean {
  return Boolean(environment[variable]?.trim() || environment[`${variable}_FILE`]?.trim());
}

/** A file as text, without what surrounds it; else the rule that it breaks. */
function contentOf(file: string): Result<string, string> {
  const read = readUtf8(file);
  if (read.isErr()) {
    const { code } = read.error;
    return err(
      code === 'ERR_ENCODING_INVALID_ENCODED_DATA'
        ? 'must name a text file in UTF-8'
        : `must name a file that can be read (${code})`,
    );
  }
  const content = read.value.trim();
  // Read as "not set", a secret that was not mounted would switch production to the sandbox.
  return content === '' ? err('must name a file that is not empty') : ok(content);
}

/** The text of a file. What is not UTF-8, such as the UTF-16 of Windows, has a code too. */
export function readUtf8(file: string): Result<string, { readonly code: string }> {
  try {
    return ok(new TextDecoder('utf-8', { fatal: true }).decode(readFileSync(file)));
  } catch (error) {
    const code = error instanceof Error && 'code' in error ? String(error.code) : 'unknown';
    return err({ code });
  }
}

/** Docker's `--env-file` keeps quotes as a part of the value, and so does who writes a secret file. */
function checkText(variable: string, text: string | undefined): Result<string | undefined, string> {
  if (text === undefined) return ok(text);
  const quoted = FREE.includes(variable) ? /^(["']).*\1$/s : /^["']|["']$/;
  if (quoted.test(text)) return err('must not have quotes around its value');
  const lines = PEM.includes(variable) ? text.replaceAll(/[\r\n\t]/g, '') : text;
  return /[\p{Cc}\p{Cf}\p{Zl}\p{Zp}]/u.test(lines)
    ? err('must not have line ends or invisible characters in its value')
    : ok(text);
}
