/** Strings, and what begins and ends objects and lists; what stands between them is of no matter. */
const TOKEN = /"(?:[^"\\]|\\.)*"(\s*:)?|[{}[\]]/gs;

/**
 * The first field that an object of a well-formed JSON text names twice, null where none does. Readers
 * keep the last of them without a word, and the other may have been about money.
 */
export function fieldNamedTwice(text: string): string | null {
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
