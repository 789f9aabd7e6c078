/** SQL as Postgres wants it, `$1` for the first of `names` and so on. */
export interface CompiledSql<Name extends string> {
  readonly text: string;
  /** In the order of their numbers; each once, however often the text mentions it. */
  readonly names: readonly Name[];
}

/** What matters to us in SQL; all that none of these matches is passed on as it is. */
const TOKEN = new RegExp(
  [
    /(?<escaped>\b[eE]')/,
    /'(?:[^']|'')*'/,
    /"(?:[^"]|"")*"/,
    /--[^\n]*/,
    /\/\*(?:(?!\/\*|\*\/)[\s\S])*\*\//,
    /(?<tag>\$(?:[A-Za-z_]\w*)?\$)[\s\S]*?\k<tag>/,
    /::|:=/,
    /(?<slice>(?<=[\w\])"]):[A-Za-z_])/,
    /:(?<name>[A-Za-z_]\w*)/,
    /(?<positional>\$\d+)/,
    /(?<open>['"$]|\/\*)/,
  ]
    .map(({ source }) => source)
    .join('|'),
  'g',
);

/** Why a text is refused, by the group of {@link TOKEN} that found it. */
const REFUSALS: Readonly<Record<string, string>> = {
  escaped: 'has an escape string: write a plain one',
  slice: 'has a colon between two words: write an array slice with spaces around its colon',
  positional: 'has a parameter by number: name it',
  open: 'has a quote or a comment that is not closed, or a comment within a comment',
};

/**
 * Turns parameters by name, `:status`, into those by number that Postgres knows.
 *
 * Casts (`::`), `:=`, strings, quoted identifiers, dollar quotes and comments are left alone. What
 * could be read in two ways is refused: it throws, and does so when the module loads.
 *
 * The names are found by the compiler, {@link NamesIn}, and here; both read a text in the same way.
 */
export function compileSql<const Text extends string>(sql: Text): CompiledSql<NamesIn<Text>> {
  const names: string[] = [];
  const text = sql.replace(TOKEN, (token, ...rest) => {
    const groups: Partial<Record<string, string>> = rest.at(-1);
    for (const [group, why] of Object.entries(REFUSALS)) {
      if (groups[group] !== undefined) throw new Error(`The SQL ${why} (at ${token}).`);
    }
    const { name } = groups;
    if (name === undefined) return token;
    if (!names.includes(name)) names.push(name);
    return `$${names.indexOf(name) + 1}`;
  });
  // The same text, read by the same rules at another time.
  return { text, names: names as NamesIn<Text>[] };
}

/** The names of a text's parameters, as a union. */
export type NamesIn<Text extends string, Found extends string = never> =
  After<Text, Before<Text>> extends infer Rest
    ? Rest extends ''
      ? Found
      : Rest extends `::${infer Next}` | `:=${infer Next}`
        ? NamesIn<Next, Found>
        : Rest extends `:${infer Next}`
          ? NamesIn<Next, Found | NameAtStart<Next>>
          : Rest extends `'${string}'${infer Next}`
            ? NamesIn<Next, Found>
            : Rest extends `"${string}"${infer Next}`
              ? NamesIn<Next, Found>
              : Rest extends `--${string}\n${infer Next}`
                ? NamesIn<Next, Found>
                : Rest extends `/*${string}*/${infer Next}`
                  ? NamesIn<Next, Found>
                  : Rest extends `$${infer Tag}$${infer Quoted}`
                    ? NamesIn<BehindFirst<Quoted, `$${Tag}$`>, Found>
                    : Found
    : never;

/** What stands before the first character that may matter. */
type Before<Text extends string> = UpTo<
  UpTo<UpTo<UpTo<UpTo<UpTo<Text, ':'>, "'">, '"'>, '--'>, '/*'>,
  '$'
>;

type UpTo<Text extends string, Mark extends string> = Text extends `${infer Start}${Mark}${string}`
  ? Start
  : Text;

type After<Text extends string, Start extends string> = Text extends `${Start}${infer Rest}`
  ? Rest
  : '';

type BehindFirst<
  Text extends string,
  Mark extends string,
> = Text extends `${string}${Mark}${infer Rest}` ? Rest : '';

type NameAtStart<Text extends string> = Text extends `${Digit}${string}`
  ? never
  : Exclude<WordAtStart<Text>, ''>;

type WordAtStart<
  Text extends string,
  Word extends string = '',
> = Text extends `${infer First}${infer Rest}`
  ? First extends Letter | Uppercase<Letter> | Digit | '_'
    ? WordAtStart<Rest, `${Word}${First}`>
    : Word
  : Word;

type Letter =
  | ('a' | 'b' | 'c' | 'd' | 'e' | 'f' | 'g' | 'h' | 'i' | 'j' | 'k' | 'l' | 'm')
  | ('n' | 'o' | 'p' | 'q' | 'r' | 's' | 't' | 'u' | 'v' | 'w' | 'x' | 'y' | 'z');
type Digit = '0' | '1' | '2' | '3' | '4' | '5' | '6' | '7' | '8' | '9';
