import { type Node, quoted, type ValueHint } from './command-nodes.js';

export function fish(nodes: readonly Node[]): string {
  const lines = nodes.flatMap(({ path, words, argument }) => {
    const typed = path === '' ? [] : path.split(' ');
    const below = words.filter(({ text }) => !text.startsWith('-')).map(({ text }) => text);
    const seen = typed.map((name) => `__fish_seen_subcommand_from ${name}`);
    const none = below.length === 0 ? [] : [`not __fish_seen_subcommand_from ${below.join(' ')}`];
    const when = quoted([...seen, ...none].join('; and ') || 'true');
    const start = `complete -c campusg-pay -n ${when}`;
    return [
      ...words.map(({ text, says, value }) => {
        const word = text.startsWith('--') ? `-l ${text.slice(2)}` : `-a ${text}`;
        const values = value === null ? '' : ` ${valuesOf(value)}`;
        return `${start} ${word}${values} -d ${quoted(says)}`;
      }),
      ...(argument === null || argument === 'anything' ? [] : [`${start} ${about(argument)}`]),
    ];
  });
  return [
    '# campusg-pay completion fish > ~/.config/fish/completions/campusg-pay.fish',
    'complete -c campusg-pay -f',
    ...lines,
    '',
  ].join('\n');
}

/** Of an option: `-r` and `-x` say that it takes one. */
function valuesOf(value: ValueHint): string {
  if (value === 'file') return '-r -F';
  return value === 'anything' ? '-x' : `-x -a ${quoted(value.join(' '))}`;
}

function about(value: Exclude<ValueHint, 'anything'>): string {
  return value === 'file' ? '-F' : `-a ${quoted(value.join(' '))}`;
}
