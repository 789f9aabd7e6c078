/** What a `.env` file sets. */
export interface EnvFileText {
  readonly values: ReadonlyMap<string, string>;
  /** What can't be read, each as a rule that names the line; never a value. */
  readonly problems: readonly string[];
}

interface Statement {
  readonly value: string;
  /** Where the next line begins. */
  readonly end: number;
}

const NAME = /^[^\S\n]*(?:export[^\S\n]+)?([A-Za-z_]\w*)[^\S\n]*=[^\S\n]*/;
const BLANK_OR_COMMENT = /^[^\S\n]*(?:#.*)?$/;

/**
 * Reads the text of a `.env` file: `NAME=value` lines, comments, `export`, quotes (values of several
 * lines too), in UTF-8 with any line ends.
 *
 * The readers of such files (Node's own, dotenv, docker compose) skip what they don't understand without
 * a word, and differ in `#`, `$` and `\`; Node 20 even drops what follows. The same file is read
 * by docker compose, so that only what all of them read alike is accepted here, and all else is named.
 */
export function parseEnvFile(text: string): EnvFileText {
  const source = text.replace(/^\uFEFF/, '').replaceAll('\r\n', '\n');
  const values = new Map<string, string>();
  const problems: string[] = [];
  let line = 1;
  for (let at = 0; at < source.length; ) {
    const read = statementAt(source, at);
    const end = typeof read === 'object' ? read.end : endOfLine(source, at) + 1;
    const name = typeof read === 'object' ? read.name : null;
    if (typeof read === 'string') problems.push(`line ${line} ${read}`);
    else if (name !== null) {
      const former = values.get(name) ?? '';
      // What was copied from the example is empty until it is filled in, maybe further down.
      if (former !== '' && former !== read.value) problems.push(`line ${line} sets ${name} again`);
      values.set(name, read.value);
    }
    line += source.slice(at, end).split('\n').length - 1;
    at = end;
  }
  return { values, problems };
}

/** The statement that begins there (no name: a comment or an empty line), or the rule it breaks. */
function statementAt(source: string, at: number): (Statement & { name: string | null }) | string {
  const line = source.slice(at, endOfLine(source, at));
  if (BLANK_OR_COMMENT.test(line)) return { name: null, value: '', end: at + line.length + 1 };
  const [start, name] = NAME.exec(line) ?? [];
  if (start === undefined || name === undefined) return 'must be NAME=value, or begin with #';
  const quote = line[start.length];
  const value =
    quote === '"' || quote === "'"
      ? quotedAt(source, at + start.length, name)
      : plain(line.slice(start.length), name, /\s$/.test(start));
  if (typeof value === 'string') return value;
  return { ...value, name, end: value.end === 0 ? at + line.length + 1 : value.end };
}

/** A value without quotes ends with its line; its `end` is 0. */
function plain(text: string, name: string, afterBlank: boolean): Statement | string {
  const [comment = ''] = /(?:^|\s+)#.*$/.exec(text) ?? [];
  const isComment = comment !== '' && (comment.length < text.length || afterBlank);
  const value = (isComment ? text.slice(0, -comment.length) : text).trim();
  if (/[#$`]/.test(value)) {
    return `must have the value of ${name} in single quotes: others read $, # and \` differently`;
  }
  return { value, end: 0 };
}

function quotedAt(source: string, at: number, name: string): Statement | string {
  const quote = source[at] ?? '';
  const close = source.indexOf(quote, at + 1);
  if (close < 0) return `opens a quote in ${name} that is not closed`;
  const end = endOfLine(source, close);
  if (!/^(?:\s+#.*|\s*)$/.test(source.slice(close + 1, end))) {
    return `has something behind the quote that closes ${name}`;
  }
  const text = source.slice(at + 1, close);
  if (quote === "'") return { value: text, end: end + 1 };
  if (/\$|\\(?!n)/.test(text)) {
    return `must have the value of ${name} in single quotes: others read $ and \\ differently`;
  }
  return { value: text.replaceAll('\\n', '\n'), end: end + 1 };
}

function endOfLine(source: string, from: number): number {
  const found = source.indexOf('\n', from);
  return found < 0 ? source.length : found;
}
