import type { Command } from 'commander';

export const SHELLS = ['bash', 'zsh', 'fish'] as const;
export type Shell = (typeof SHELLS)[number];

/** A command with what may follow it. */
interface Node {
  /** Without the program's own name: `payments list`. */
  readonly path: string;
  readonly words: readonly Word[];
}

interface Word {
  readonly text: string;
  readonly says: string;
}

/** The script that a shell reads to complete our commands and options, from the tree of commands. */
export function completionFor(shell: Shell, tree: Command): string {
  const nodes = nodesOf(tree, '');
  return { bash, zsh, fish }[shell](nodes);
}

function nodesOf(one: Command, path: string): Node[] {
  const visible = one.createHelp().visibleCommands(one);
  const below = visible.filter((child) => child.name() !== 'help');
  const words = [
    ...below.map((child) => ({ text: child.name(), says: child.description() })),
    ...one
      .createHelp()
      .visibleOptions(one)
      .map((option) => ({
        text: option.long ?? option.short ?? '',
        says: option.description,
      })),
  ];
  const children = below.flatMap((child) =>
    nodesOf(child, path === '' ? child.name() : `${path} ${child.name()}`),
  );
  return [{ path, words }, ...children];
}

/** The words typed so far name a command as long as they go on doing so. */
const FIND_PATH = [
  '  local at="" word',
  `  for word in "\${typed[@]}"; do`,
  '    case "$at $word" in',
];

function bash(nodes: readonly Node[]): string {
  return [
    '# campusg-pay completion bash > /etc/bash_completion.d/campusg-pay',
    '_campusg_pay() {',
    // Unquoted on purpose: words are split as bash has split them.
    `  local typed=("\${COMP_WORDS[@]:1:COMP_CWORD-1}") cur="\${COMP_WORDS[COMP_CWORD]}"`,
    ...walk(nodes),
    '  COMPREPLY=()',
    '  local known',
    '  case "$at" in',
    ...nodes.map(({ path, words }) => `    "${spaced(path)}") known="${textsOf(words)}" ;;`),
    '  esac',
    '  mapfile -t COMPREPLY < <(compgen -W "$known" -- "$cur")',
    '}',
    'complete -F _campusg_pay campusg-pay',
    '',
  ].join('\n');
}

function zsh(nodes: readonly Node[]): string {
  return [
    '#compdef campusg-pay',
    `# campusg-pay completion zsh > "\${fpath[1]}/_campusg-pay"`,
    '_campusg_pay() {',
    '  local -a typed known',
    `  typed=("\${words[@]:1:$((CURRENT - 2))}")`,
    ...walk(nodes),
    '  case "$at" in',
    ...nodes.flatMap(({ path, words }) => [
      `    "${spaced(path)}") known=(`,
      ...words.map(({ text, says }) => `      ${quoted(`${text}:${says.replaceAll(':', '\\:')}`)}`),
      '    ) ;;',
    ]),
    '  esac',
    "  _describe 'campusg-pay' known",
    '}',
    'if [ "$funcstack[1]" = _campusg-pay ]; then _campusg_pay "$@"; else compdef _campusg_pay campusg-pay; fi',
    '',
  ].join('\n');
}

/** Leaves in `at` the longest command that the typed words begin with, options left out. */
function walk(nodes: readonly Node[]): string[] {
  return [
    ...FIND_PATH,
    ...nodes
      .filter(({ path }) => path !== '')
      .map(({ path }) => `      "${spaced(path)}") at="$at $word" ;;`),
    '    esac',
    '  done',
  ];
}

function fish(nodes: readonly Node[]): string {
  const lines = nodes.flatMap(({ path, words }) => {
    const typed = path === '' ? [] : path.split(' ');
    const below = words.filter(({ text }) => !text.startsWith('-')).map(({ text }) => text);
    const seen = typed.map((name) => `__fish_seen_subcommand_from ${name}`);
    const none = below.length === 0 ? [] : [`not __fish_seen_subcommand_from ${below.join(' ')}`];
    const when = quoted([...seen, ...none].join('; and ') || 'true');
    return words.map(({ text, says }) => {
      const word = text.startsWith('--') ? `-l ${text.slice(2)}` : `-a ${text}`;
      return `complete -c campusg-pay -n ${when} ${word} -d ${quoted(says)}`;
    });
  });
  return [
    '# campusg-pay completion fish > ~/.config/fish/completions/campusg-pay.fish',
    'complete -c campusg-pay -f',
    ...lines,
    '',
  ].join('\n');
}

function spaced(path: string): string {
  return path === '' ? '' : ` ${path}`;
}

function textsOf(words: readonly Word[]): string {
  return words.map(({ text }) => text).join(' ');
}

function quoted(text: string): string {
  return `'${text.replaceAll("'", `'\\''`)}'`;
}
