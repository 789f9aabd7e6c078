import { asHtmlText, pageText } from './page-frame.js';

const ABOUT = '3D Secure';

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
<form method="post" action="/3ds/${asHtmlText(id)}/${verdict}">
<input type="hidden" name="client_secret" value="${asHtmlText(clientSecret)}">
<button type="submit" id="${verdict}"${look}>${label}</button>
</form>`;
  const about = description === null ? '' : `<dt>For</dt><dd>${asHtmlText(description)}</dd>`;
  return pageText(
    ABOUT,
    'Confirm your payment',
    `<h1>Confirm your payment</h1>
<p>Here your bank would check that it is you who is paying. On this test page you choose the outcome.</p>
<dl>
<dt>Amount</dt><dd class="amount">${asHtmlText(amount)}</dd>
${about}
<dt>Payment</dt><dd>${asHtmlText(id)}</dd>
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
  return pageText(ABOUT, title, `<h1 role="status">${title}</h1>\n<p>${text}</p>`);
}

export function notFoundPage(): string {
  return pageText(
    ABOUT,
    'Nothing to confirm',
    '<h1>Nothing to confirm</h1>\n<p>This link does not belong to a payment here. Start again from the shop.</p>',
  );
}
