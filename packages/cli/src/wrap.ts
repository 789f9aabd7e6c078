/**
 * Breaks text between words; what follows lines up with where it began, after `from` letters.
 * Without columns, in a pipe, lines stay whole.
 */
export function wrap(
  text: string,
  { columns, from }: { readonly columns: number | undefined; readonly from: number },
): string {
  if (columns === undefined || columns - from < 20) return text;
  const lines = [''];
  for (const word of text.split(' ')) {
    const line = lines.at(-1) ?? '';
    if (line === '') lines[lines.length - 1] = word;
    else if (from + line.length + 1 + word.length < columns) lines[lines.length - 1] += ` ${word}`;
    else lines.push(word);
  }
  return lines.join(`\n${' '.repeat(from)}`);
}
