/** Longer than anything that Stripe has to say. */
const MOST = 1_000;

/** Text for people as Postgres can store it: neither NUL nor half of a surrogate pair. */
export function cleanText(text: string): string {
  return text.slice(0, MOST).replace(UNSTORABLE, '\uFFFD');
}

/** Whether a text can be looked for in Postgres as it is. */
export function isStorable(text: string): boolean {
  return text.length <= MOST && text.search(UNSTORABLE) === -1;
}

const UNSTORABLE = /[\0\p{Cs}]/gu;
