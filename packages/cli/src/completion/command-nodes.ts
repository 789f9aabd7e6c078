/** What a value may be: a path, one of a few, or what no shell can know. */
export type ValueHint = 'file' | 'anything' | readonly string[];

/** A command with what may follow it. */
export interface Node {
  /** Without the program's own name: `payments list`. */
  readonly path: string;
  readonly words: readonly Word[];
  /** What it is about; null: nothing. */
  readonly argument: ValueHint | null;
}

export interface Word {
  readonly text: string;
  readonly says: string;
  /** Of an option that takes one. */
  readonly value: ValueHint | null;
}

export function quoted(text: string): string {
  return `'${text.replaceAll("'", `'\\''`)}'`;
}

/** A path as the shell has put it together, with a space before each word. */
export function spaced(path: string): string {
  return path === '' ? '' : ` ${path}`;
}

/** For bash and zsh: leaves in `at` the longest command that the typed words begin with. */
export function walk(nodes: readonly Node[]): string[] {
  const known = nodes.filter(({ path }) => path !== '').map(({ path }) => `"${spaced(path)}"`);
  return [
    '  local at="" word',
    `  for word in "\${typed[@]}"; do`,
    '    case "$at $word" in',
    `      ${known.join('|')}) at="$at $word" ;;`,
    '    esac',
    '  done',
  ];
}

/**
 * For bash and zsh: completes the value of the option before, or what the command is about; what
 * `say` answers ends the function.
 *
 * @param prev the option before, as the shell has it
 */
export function values(
  nodes: readonly Node[],
  prev: string,
  say: (value: ValueHint) => string,
): string[] {
  const ofOptions = nodes.flatMap(({ path, words }) =>
    words.flatMap(({ text, value }) =>
      value === null ? [] : [`    "${spaced(path)} ${text}") ${say(value)}; return ;;`],
    ),
  );
  const ofCommands = nodes.flatMap(({ path, argument }) =>
    argument === null || argument === 'anything'
      ? []
      : [`      "${spaced(path)}") ${say(argument)}; return ;;`],
  );
  return [
    `  case "$at ${prev}" in`,
    ...ofOptions,
    '  esac',
    '  if [[ "$cur" != -* ]]; then',
    '    case "$at" in',
    ...ofCommands,
    '    esac',
    '  fi',
  ];
}
