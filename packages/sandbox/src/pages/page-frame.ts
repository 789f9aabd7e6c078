const ENTITIES: Readonly<Record<string, string>> = {
  '&': '&amp;',
  '<': '&lt;',
  '>': '&gt;',
  '"': '&quot;',
  "'": '&#39;',
};

/** Text that stands for itself in HTML. */
export function asHtmlText(text: string): string {
  return text.replace(/[&<>"']/g, (letter) => ENTITIES[letter] ?? letter);
}

const STYLE = `
:root { color-scheme: light dark; --ink: #1a1f36; --soft: #5a6078; --card: #fff; --page: #f3f5fa;
  --line: #d8dce8; --go: #4b3fd6; --stop: #b3261e; }
@media (prefers-color-scheme: dark) {
  :root { --ink: #eef0f7; --soft: #a9afc6; --card: #1c2030; --page: #10131d; --line: #363c52;
    --go: #8f86ff; --stop: #ff8a80; }
}
* { box-sizing: border-box; }
body { margin: 0; min-height: 100vh; display: grid; place-items: center; padding: 1rem;
  background: var(--page); color: var(--ink); font: 1rem/1.5 system-ui, sans-serif; }
main { width: min(26rem, 100%); background: var(--card); border: 1px solid var(--line);
  border-radius: 14px; padding: 1.75rem; box-shadow: 0 10px 30px rgb(20 25 60 / 12%); }
.tag { margin: 0 0 .75rem; font-size: .8rem; letter-spacing: .04em; color: var(--soft); }
h1 { margin: 0 0 .5rem; font-size: 1.35rem; line-height: 1.25; }
dl { margin: 1.25rem 0; border-block: 1px solid var(--line); padding: .75rem 0; display: grid;
  grid-template-columns: max-content 1fr; gap: .35rem 1rem; }
dt { color: var(--soft); }
dd { margin: 0; overflow-wrap: anywhere; text-align: right; }
.amount { font-weight: 650; font-size: 1.1rem; }
.choices { display: grid; gap: .75rem; }
button { width: 100%; min-height: 3rem; border-radius: 9px; font: inherit; font-weight: 600;
  cursor: pointer; border: 2px solid var(--go); background: var(--go); color: var(--card); }
button.second { background: transparent; border-color: var(--stop); color: var(--stop); }
button:focus-visible { outline: 3px solid var(--ink); outline-offset: 3px; }
p { margin: .25rem 0; }
`;

/** A whole page; `about` says what it stands for. */
export function pageText(about: string, title: string, body: string): string {
  return `<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<title>${asHtmlText(title)}</title>
<style>${STYLE}</style>
</head>
<body>
<main>
<p class="tag">${asHtmlText(about)} test page of the CampusG Pay sandbox</p>
${body}
</main>
</body>
</html>
`;
}

export interface PageReply {
  readonly status: number;
  readonly headers: Readonly<Record<string, string>>;
  readonly body: string;
}

/** What every page sends along. */
export const PAGE_HEADERS = {
  'Content-Type': 'text/html; charset=utf-8',
  'Cache-Control': 'no-store',
  // No form-action: it would also forbid the redirect back to the shop.
  'Content-Security-Policy': "default-src 'none'; style-src 'unsafe-inline'; frame-ancestors *",
  // With `no-referrer` its own forms would come from the origin `null`, as anybody's could.
  'Referrer-Policy': 'same-origin',
  'X-Content-Type-Options': 'nosniff',
};

export function page(status: number, body: string): PageReply {
  return { status, headers: PAGE_HEADERS, body };
}
