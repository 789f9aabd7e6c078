const ENTITIES: Readonly<Record<string, string>> = {
  '&': '&amp;',
  '<': '&lt;',
  '>': '&gt;',
  '"': '&quot;',
  "'": '&#39;',
};

/** Text as text, in content and in quoted attributes; what can't be seen shows as such. */
export function escaped(text: string): string {
  const shown = text.replace(/[\p{Cc}\p{Cf}]/gu, '\uFFFD');
  return shown.replace(/[&<>"']/g, (letter) => ENTITIES[letter] ?? letter);
}
