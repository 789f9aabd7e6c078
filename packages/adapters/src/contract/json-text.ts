import type { Issue } from '@campusg-pay/core';
import { pathId } from './schemas.js';

/** Strings, and what begins and ends objects and lists; what stands between them is of no matter. */
const TOKEN = /"(?:[^"\\]|\\.)*"(\s*:)?|[{}[\]]/gs;

/**
 * What is wrong with a well-formed JSON text in which an object names a field twice; null where none
 * does. Readers keep the last of them without a word, and the other may have been about money.
 */
export function fieldNamedTwice(text: string): Issue | null {
  const name = nameGivenTwice(text);
  if (name === null) return null;
  const field = pathId.safeParse(name).success ? name : 'body';
  return { field, rule: 'must not be named twice' };
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
