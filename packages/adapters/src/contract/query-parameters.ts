import type { Issue } from '@campusg-pay/core';
import { err, ok } from 'neverthrow';
import type { Read } from './schemas.js';

/** The parameters of a query string that were given, decoded. */
export type Parameters<Name extends string> = Readonly<Partial<Record<Name, string>>>;

/**
 * Reads a query string, without its `?`, of which every parameter is known and stands once. It is read from
 * the address itself: what a framework makes of a parameter that stands twice differs.
 */
export function readQueryParameters<Name extends string>(
  search: string,
  known: readonly Name[],
): Read<Parameters<Name>> {
  const given: Partial<Record<Name, string>> = {};
  const issues: Issue[] = [];
  for (const part of search.split('&')) {
    if (part === '') continue;
    const [rawName = '', ...rest] = part.split('=');
    const text = decode(rawName);
    const name = known.find((one) => one === text);
    const value = decode(rest.join('='));
    if (name === undefined) issues.push({ field: shown(text ?? rawName), rule: UNKNOWN(known) });
    else if (name in given) issues.push({ field: name, rule: 'must stand once' });
    else if (value === null) issues.push({ field: name, rule: 'must be percent-encoded UTF-8' });
    else given[name] = value;
  }
  return issues.length > 0 ? err(issues) : ok(given);
}

const UNKNOWN = (known: readonly string[]) =>
  `is no parameter here: there ${known.length === 0 ? 'are none' : `are only ${known.join(', ')}`}`;

function decode(text: string): string | null {
  try {
    return decodeURIComponent(text.replaceAll('+', ' '));
  } catch {
    return null;
  }
}

/** Anybody may write anything there, and it is told and logged. */
function shown(name: string): string {
  return name.replaceAll(/[^\x20-\x7e]/g, '?').slice(0, 60);
}
