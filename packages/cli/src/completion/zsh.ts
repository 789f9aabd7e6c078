import { type Node, quoted, spaced, type ValueHint, values, walk } from './command-nodes.js';

export function zsh(nodes: readonly Node[]): string {
  return [
    '#compdef campusg-pay',
    `# campusg-pay completion zsh > "\${fpath[1]}/_campusg-pay"`,
    '_campusg_pay() {',
    '  local -a typed known',
    '  local cur="$words[CURRENT]" prev="$words[CURRENT-1]"',
    `  typed=("\${words[@]:1:$((CURRENT - 2))}")`,
    ...walk(nodes),
    // Of `--html=report.html` zsh makes one word: what is before the sign is left as it is.
    `  if [[ "$cur" == --*=* ]]; then prev="\${cur%%=*}"; compset -P '*='; cur="$PREFIX"; fi`,
    ...values(nodes, '$prev', say),
    '  case "$at" in',
    ...nodes.flatMap(({ path, words }) => [
      `    "${spaced(path)}") known=(`,
      ...words.map(({ text, says }) => `      ${quoted(`${text}:${says.replaceAll(':', '\\:')}`)}`),
      '    ) ;;',
    ]),
    '  esac',
    "  _describe 'campusg-pay' known",
    '}',
    'if [ "$funcstack[1]" = _campusg-pay ]; then',
    '  _campusg_pay "$@"',
    'else',
    // A zsh without a .zshrc of its own has not set its completion up.
    '  (( $+functions[compdef] )) || { autoload -Uz compinit && compinit }',
    '  compdef _campusg_pay campusg-pay',
    'fi',
    '',
  ].join('\n');
}

function say(value: ValueHint): string {
  if (value === 'anything') return "_message 'value'";
  return value === 'file' ? '_files' : `compadd -- ${value.join(' ')}`;
}
