import type { Issue } from '@campusg-pay/core';
import { pathId } from './schemas.js';

/** Strings, and what begins and ends objects and lists; what stands between them is of no matter. */
const TOKEN = /"(?:[^"\\]|\\.)*"(\s*:)?|[{}[\]]/gs;

/**
 * What is wrong with a well-formed JSON text in which an object names a field twice; null where none
 * does. Readers keep the last of them without a word, and the other may have been about money.
 *
 * @param value what the text was read as: where it has a field for each colon, none was named twice
 */
export function fieldNamedTwice(text: string, value: unknown): Issue | null {
  if (colonsBesideStrings(text) === fieldsIn(value)) return null;
  const name = nameGivenTwice(text);
  if (name === null) return null;
  const field = pathId.safeParse(name).success ? name : 'body';
  return { field, rule: 'must not be named twice' };
}

function colonsBesideStrings(text: string): number {
  let colons = 0;
  let isString = false;
  for (let at = 0; at < text.length; at += 1) {
    const sign = text[at];
    // What comes after it ends no string.
    if (sign === '\\') at += 1;
    else if (sign === '"') isString = !isString;
    else if (sign === ':' && !isString) colons += 1;
  }
  return colons;
}

/** Without recursion: a body may be nested as deeply as its size allows. */
function fieldsIn(value: unknown): number {
  let fields = 0;
  const open = [value];
  for (let next = open.pop(); next !== undefined; next = open.pop()) {
    if (typeof next !== 'object' || next === null) continue;
    const parts: unknown[] = Array.isArray(next) ? next : Object.values(next);
    if (parts !== next) fields += parts.length;
    for (const part of parts) open.push(part);
  }
  return fields;
}

function nameGivenTwice(text: string): string | null {
  // The names so far of each object around; null for a list.
  const around: (Set<string> | null)[] = [];
  for (const [token, isName] of text.matchAll(TOKEN)) {
    if (token === '{') around.push(new Set());
    else if (token === '[') around.push(null);
    else if (token === '}' || token === ']') around.pop();
    else if (isName !== undefined) {
      const name: string = JSON.parse(token.slice(0, -isName.length));
      const names = around.at(-1);
      if (names?.has(name) === true) return name;
      names?.add(name);
    }
  }
  return null;
}
