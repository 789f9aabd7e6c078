/**
 * What commands a terminal, turns text around or can't be seen: control and format characters, halves
 * of pairs, line and paragraph separators, and all that Unicode lets programs ignore. Only what makes
 * an emoji of the letter before it (U+FE0F) is harmless.
 */
const HAZARD = String.raw`(?!\uFE0F)[\p{Cc}\p{Cf}\p{Cs}\p{Zl}\p{Zp}\p{DI}]`;
const HAZARDS = new RegExp(HAZARD, 'gu');
/** In a document that is laid out, line feeds stand between values only. */
const HAZARDS_IN_JSON = new RegExp(String.raw`(?!\n)${HAZARD}`, 'gu');

/** Shown where something must not be shown. */
const REPLACEMENT = '\uFFFD';

/** Text as one line of text: it can neither break out of its line nor command the terminal. */
export function printable(text: string): string {
  return text.replace(HAZARDS, REPLACEMENT);
}

/** JSON with what a terminal must not get written as JSON's own escapes: the same document. */
export function printableJson(json: string): string {
  return json.replace(HAZARDS_IN_JSON, (character) =>
    [...Array(character.length).keys()]
      .map((at) => `\\u${character.charCodeAt(at).toString(16).padStart(4, '0')}`)
      .join(''),
  );
}
