import type { ParamTree } from '../api/form.js';
import { finishSetup } from '../model/connected-account.js';
import type { AccountLink, AccountRecord } from '../state/money-records.js';
import type { World } from '../state/world.js';
import { asHtmlText, PAGE_HEADERS, type PageReply, page, pageText } from './page-frame.js';

const ABOUT = 'Connect';

function setupPage({ id, email }: AccountRecord, { token }: AccountLink): string {
  const whose = email === null ? '' : `<dt>Email</dt><dd>${asHtmlText(email)}</dd>`;
  return pageText(
    ABOUT,
    'Set up your payouts',
    `<h1>Set up your payouts</h1>
<p>Here Stripe would ask who you are and where your money goes. On this test page nothing is asked.</p>
<dl>
<dt>Account</dt><dd>${asHtmlText(id)}</dd>
${whose}
</dl>
<form method="post" action="/connect/${asHtmlText(id)}/finish">
<input type="hidden" name="token" value="${asHtmlText(token)}">
<button type="submit" id="finish">Finish</button>
</form>`,
  );
}

const FINISHED = pageText(
  ABOUT,
  'Your account is set up',
  '<h1 role="status">Your account is set up</h1>\n<p>You can close this page.</p>',
);

const GONE = pageText(
  ABOUT,
  'This link is no longer valid',
  '<h1>This link is no longer valid</h1>\n<p>Ask for a new one where you got it.</p>',
);

function goTo(location: string | null, otherwise: PageReply): PageReply {
  if (location === null) return otherwise;
  return { status: 303, headers: { ...PAGE_HEADERS, Location: location }, body: '' };
}

/**
 * The page that an account link leads to: `GET /connect/<account>` shows it, `POST
 * /connect/<account>/finish` makes the account able. A link works once and for five minutes; an older
 * one leads to its refresh URL, as Stripe's does. Undefined when the path is none of these.
 */
export function accountSetup(
  world: World,
  { method, path, params }: { method: string; path: string; params: ParamTree },
): PageReply | undefined {
  const match = /^\/connect\/(acct_\w+)(\/finish)?$/.exec(path);
  if (match === null) return undefined;
  const account = world.store.get('account', match[1] ?? '');
  const link = account?.link ?? null;
  if (account === undefined || account.closed || link === null || params.token !== link.token) {
    return page(404, GONE);
  }
  if (link.expiresAt < world.clock.seconds()) return goTo(link.refreshUrl, page(410, GONE));
  if (method === 'POST' && match[2] !== undefined) {
    finishSetup(world, account);
    return goTo(link.returnUrl, page(200, FINISHED));
  }
  return page(200, setupPage(account, link));
}
