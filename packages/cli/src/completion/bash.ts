import { type Node, spaced, type ValueHint, values, walk } from './command-nodes.js';

export function bash(nodes: readonly Node[]): string {
  return [
    '# campusg-pay completion bash > /etc/bash_completion.d/campusg-pay',
    '_campusg_pay() {',
    // Unquoted on purpose: words are split as bash has split them.
    `  local typed=("\${COMP_WORDS[@]:1:COMP_CWORD-1}") cur="\${COMP_WORDS[COMP_CWORD]}"`,
    `  local prev="\${COMP_WORDS[COMP_CWORD-1]}"`,
    // Of `--html=report.html` bash makes three words.
    `  if [ "$cur" = "=" ]; then cur=""`,
    `  elif [ "$prev" = "=" ]; then prev="\${COMP_WORDS[COMP_CWORD-2]}"; fi`,
    ...walk(nodes),
    '  COMPREPLY=()',
    ...values(nodes, '$prev', say),
    '  local known',
    '  case "$at" in',
    ...nodes.map(
      ({ path, words }) =>
        `    "${spaced(path)}") known="${words.map(({ text }) => text).join(' ')}" ;;`,
    ),
    '  esac',
    '  mapfile -t COMPREPLY < <(compgen -W "$known" -- "$cur")',
    '}',
    'complete -F _campusg_pay campusg-pay',
    '',
  ].join('\n');
}

function say(value: ValueHint): string {
  if (value === 'anything') return ':';
  const words = value === 'file' ? '-f' : `-W "${value.join(' ')}"`;
  // A folder goes on behind its slash, and names are quoted where they must be.
  const option = value === 'file' ? 'compopt -o filenames 2>/dev/null; ' : '';
  return `${option}mapfile -t COMPREPLY < <(compgen ${words} -- "$cur")`;
}
