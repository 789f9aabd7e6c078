/** Form parameters as sent: text, or named parts (`a[b]=1`; list items are named by their index). */
export type Param = string | ParamTree;
export interface ParamTree {
  [name: string]: Param;
}

/** A tree without a prototype: a parameter named `constructor` or `__proto__` is only a name. */
export function emptyTree(): ParamTree {
  return Object.create(null) as ParamTree;
}

function decode(text: string): string {
  if (!text.includes('%') && !text.includes('+')) return text;
  const spaced = text.replaceAll('+', ' ');
  try {
    return decodeURIComponent(spaced);
  } catch {
    return spaced;
  }
}

function namesOf(key: string): string[] {
  const open = key.indexOf('[');
  if (open <= 0) return [key];
  const names = [key.slice(0, open)];
  for (const part of key.slice(open + 1).split('[')) {
    names.push(part.endsWith(']') ? part.slice(0, -1) : part);
  }
  return names;
}

function place(tree: ParamTree, names: readonly string[], value: string): void {
  let at = tree;
  for (const [depth, given] of names.entries()) {
    const name = given === '' ? String(Object.keys(at).length) : given;
    if (depth === names.length - 1) {
      at[name] = value;
      return;
    }
    const next = at[name];
    if (typeof next === 'object') {
      at = next;
    } else {
      const fresh = emptyTree();
      at[name] = fresh;
      at = fresh;
    }
  }
}

/**
 * Reads `application/x-www-form-urlencoded` text with Stripe's nesting: `a[b][c]=1`, `a[]=1`,
 * `a[0]=1`. Own code rather than `qs`: that one drops names such as `metadata[constructor]`, turns
 * long lists into objects and is slower; here nothing is dropped and everything stays text.
 */
export function parseForm(text: string): ParamTree {
  const tree = emptyTree();
  if (text === '') return tree;
  for (const pair of text.split('&')) {
    if (pair === '') continue;
    const equals = pair.indexOf('=');
    const key = decode(equals < 0 ? pair : pair.slice(0, equals));
    place(tree, namesOf(key), equals < 0 ? '' : decode(pair.slice(equals + 1)));
  }
  return tree;
}

/** The same parameters give the same text, in whatever order they were sent. */
export function canonical(param: Param): string {
  if (typeof param === 'string') return JSON.stringify(param);
  const parts = Object.keys(param)
    .sort()
    .map((name) => `${JSON.stringify(name)}:${canonical(param[name] ?? '')}`);
  return `{${parts.join(',')}}`;
}
