import type { Sides } from './sides.js';

/** The digest of data, whatever the order in which its fields were written. */
export function hashOf(digest: Sides['digest'], data: object): string {
  return digest(JSON.stringify(data, sorted));
}

function sorted(_key: string, value: unknown): unknown {
  if (typeof value !== 'object' || value === null || Array.isArray(value)) return value;
  return Object.fromEntries(Object.entries(value).sort(([a], [b]) => (a < b ? -1 : 1)));
}
