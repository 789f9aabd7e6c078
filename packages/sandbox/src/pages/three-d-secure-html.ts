const ENTITIES: Readonly<Record<string, string>> = {
  '&': '&amp;',
  '<': '&lt;',
  '>': '&gt;',
  '"': '&quot;',
  "'": '&#39;',
};

function escaped(text: string): string {
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

function document(title: string, body: string): string {
  return `<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<title>${escaped(title)}</title>
<style>${STYLE}</style>
</head>
<body>
<main>
<p class="tag">3D Secure test page of the CampusG Pay sandbox</p>
${body}
</main>
</body>
</html>
`;
}

/** What the customer is asked to confirm. */
export interface Challenge {
  readonly id: string;
  /** Ready to show, e.g. `$20.98`. */
  readonly amount: string;
  readonly description: string | null;
  readonly clientSecret: string;
}

/** The question, with a form for each answer. */
export function challengePage({ id, amount, description, clientSecret }: Challenge): string {
  const form = (verdict: string, label: string, look: string): string => `
<form method="post" action="/3ds/${escaped(id)}/${verdict}">
<input type="hidden" name="client_secret" value="${escaped(clientSecret)}">
<button type="submit" id="${verdict}"${look}>${label}</button>
</form>`;
  const about = description === null ? '' : `<dt>For</dt><dd>${escaped(description)}</dd>`;
  return document(
    'Confirm your payment',
    `<h1>Confirm your payment</h1>
<p>Here your bank would check that it is you who is paying. On this test page you choose the outcome.</p>
<dl>
<dt>Amount</dt><dd class="amount">${escaped(amount)}</dd>
${about}
<dt>Payment</dt><dd>${escaped(id)}</dd>
</dl>
<div class="choices">${form('approve', 'Approve', '')}${form('fail', 'Fail', ' class="second"')}
</div>`,
  );
}

/** What happened, when there is no shop to go back to. */
export function resultPage(succeeded: boolean): string {
  const title = succeeded ? 'Payment confirmed' : 'Authentication failed';
  const text = succeeded
    ? 'The payment is authenticated. You can close this page.'
    : 'The payment was not authenticated, and nothing is held. You can close this page.';
  return document(title, `<h1 role="status">${title}</h1>\n<p>${text}</p>`);
}

export function notFoundPage(): string {
  return document(
    'Nothing to confirm',
    '<h1>Nothing to confirm</h1>\n<p>This link does not belong to a payment here. Start again from the shop.</p>',
  );
}
