import { err, ok, type Result } from 'neverthrow';

/** What is wrong with the name that somebody gives. */
export type NameProblem =
  | { readonly type: 'NameLength' }
  /** A letter that can't be seen, or turns others around. */
  | { readonly type: 'UnseenLetter'; readonly codePoint: number }
  /** A letter that is easily taken for another one, in a name of this kind. */
  | { readonly type: 'OddLetter'; readonly letter: string };

const MOST = 100;
const UNSEEN = /[\p{C}\p{DI}\p{Zl}\p{Zp}]/u;
/** Scripts that are written together; letters of any two others are no name. */
const TOGETHER: readonly RegExp[] = [
  /[\p{sc=Latin}\p{sc=Han}\p{sc=Hiragana}\p{sc=Katakana}\p{sc=Hangul}\p{sc=Bopomofo}]/u,
  /\p{sc=Cyrillic}/u,
  /\p{sc=Greek}/u,
  /\p{sc=Armenian}/u,
  /\p{sc=Cherokee}/u,
  /\p{sc=Coptic}/u,
  /\p{sc=Lisu}/u,
];
/** Latin letters that names are written with, without the marks on them; the rest is for phonetics. */
const LATIN_OF_NAMES = /[a-zßæœøđðłþıħŋĸə]/i;

/**
 * A name as it is kept: composed, without spaces at its ends or doubled. What could pass for somebody
 * else is refused: unseen letters, letters of several scripts, signs and digits that only look like
 * those of ASCII.
 */
export function readOperatorName(text: string): Result<string, NameProblem> {
  const unseen = UNSEEN.exec(text)?.[0].codePointAt(0);
  if (unseen !== undefined) return err({ type: 'UnseenLetter', codePoint: unseen });
  const name = text.normalize('NFKC').trim().replace(/\s+/g, ' ');
  if (name === '' || name.length > MOST) return err({ type: 'NameLength' });
  const letters = [...name].filter((one) => /\p{L}/u.test(one));
  const scriptOf = (one: string) => TOGETHER.findIndex((script) => script.test(one));
  const [first = ''] = letters;
  const odd = [...name].find((one) =>
    /\p{L}/u.test(one)
      ? scriptOf(one) !== scriptOf(first) || (/\p{sc=Latin}/u.test(one) && !isOfNames(one))
      : !/[ -~]|\p{M}/u.test(one),
  );
  return odd === undefined ? ok(name) : err({ type: 'OddLetter', letter: odd });
}

function isOfNames(letter: string): boolean {
  return LATIN_OF_NAMES.test(letter.normalize('NFD')[0] ?? '');
}

/** Letters, in small, that look like one of ASCII, in small or in capitals. */
const ALIKE: Readonly<Record<string, string>> = Object.fromEntries(
  [
    'aаαɑ',
    'bвβƅ',
    'cсϲᴄ',
    'dԁđðժ',
    'eеεєə',
    'gɡց',
    'hнһηհ',
    'iіıιɩӏl1|',
    'jјϳ',
    'kкκĸ',
    'mмμ',
    'nνոո',
    'oоοօøσ0',
    'pрρ',
    'qԛգ',
    'sѕꜱ',
    'tтτ',
    'uυսц',
    'vѵ',
    'wԝωա',
    'xхχ',
    'yуγү',
    'zζ',
  ].flatMap((row) => [...row].slice(1).map((one) => [one, row[0] ?? ''])),
);

/**
 * Whether two names may be the same person's: nobody can tell them apart by looking, or by cases, marks,
 * spaces and dots alone. Also of names that were kept before they were read like this.
 */
export function isSamePerson(one: string, other: string): boolean {
  return lookOf(one) === lookOf(other);
}

function lookOf(name: string): string {
  const plain = name
    .normalize('NFKD')
    .toLowerCase()
    .replace(/[\p{M}\p{C}\p{DI}\s._-]/gu, '');
  return [...plain].map((one) => ALIKE[one] ?? one).join('');
}
