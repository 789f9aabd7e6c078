import { API_VERSION } from '../model/api-version.js';
import { type Failure, invalid } from '../model/failure.js';

/** `2020-08-27`, `2026-10-28.endive`, or one with betas: `2020-08-27; orders_beta=v3`. */
const VERSION = /^\d{4}-(0[1-9]|1[0-2])-(0[1-9]|[12]\d|3[01])(\.[a-z][a-z_]*)?(\s*;\s*\w+=v\d+)*$/;

export function isVersion(text: string): boolean {
  return VERSION.test(text);
}

export function malformedVersion(text: string): Failure {
  return invalid(
    `Invalid Stripe API version: '${text}'. A version is a date, with or without a name: ${API_VERSION} or 2020-08-27.`,
  );
}

/** More versions than Stripe has; a client that makes them up shall not fill the memory. */
const REMEMBERED = 1000;

/**
 * Every SDK sends the version that it was made for. The sandbox takes them all and always answers
 * in its own shapes, so it warns of each foreign version, once.
 */
export function createVersionWarning(
  warn: (line: string) => void,
): (version: string | undefined) => void {
  const seen = new Set<string>([API_VERSION]);
  return (version) => {
    if (version === undefined || seen.has(version) || seen.size > REMEMBERED) return;
    seen.add(version);
    warn(
      `a client asks for Stripe API version ${version}; the sandbox answers in the shapes of ${API_VERSION}`,
    );
  };
}
