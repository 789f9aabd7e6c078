/** What a terminal draws two columns wide: the letters of East Asia, and emoji. */
const WIDE =
  /[\u1100-\u115f\u2e80-\u303e\u3041-\u33ff\u3400-\u4dbf\u4e00-\u9fff\ua000-\ua4cf\ua960-\ua97c\uac00-\ud7a3\uf900-\ufaff\ufe30-\ufe6f\uff00-\uff60\uffe0-\uffe6\u{1b000}-\u{1b2ff}\u{20000}-\u{3fffd}]|\p{Emoji_Presentation}/u;
/** What stands on the letter before it. */
const MARK_ON_LETTER = /\p{Mn}|\p{Me}|\uFE0F/u;
/** A colour, which takes no room. */
// biome-ignore lint/suspicious/noControlCharactersInRegex: that is what begins a colour
const COLOURS = /\u001b\[[\d;]*m/g;

function columnsOf(letter: string): number {
  if (MARK_ON_LETTER.test(letter)) return 0;
  return WIDE.test(letter) ? 2 : 1;
}

const isPlain = (text: string) => /^[ -~]*$/.test(text);

/** How many columns a line of text takes in a terminal. */
export function widthOf(text: string): number {
  if (isPlain(text)) return text.length;
  return [...text.replace(COLOURS, '')].reduce((sum, letter) => sum + columnsOf(letter), 0);
}

/** As much of its beginning as fits into `room` columns, and what is left. One letter is always taken. */
export function splitAt(text: string, room: number): readonly [string, string] {
  if (isPlain(text)) return [text.slice(0, Math.max(1, room)), text.slice(Math.max(1, room))];
  let taken = 0;
  let at = 0;
  for (const letter of text) {
    taken += columnsOf(letter);
    if (taken > room && at > 0) break;
    at += letter.length;
  }
  return [text.slice(0, at), text.slice(at)];
}

/** As much of its end as fits into `room` columns. */
export function endOf(text: string, room: number): string {
  if (isPlain(text)) return room <= 0 ? '' : text.slice(-room);
  const letters = [...text];
  let [taken, from] = [0, letters.length];
  while (from > 0) {
    taken += columnsOf(letters[from - 1] ?? '');
    if (taken > room) break;
    from -= 1;
  }
  return letters.slice(from).join('');
}
