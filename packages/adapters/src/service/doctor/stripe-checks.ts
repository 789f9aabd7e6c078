import type { Logger } from '@campusg-pay/core';
import { WEBHOOK_EVENTS } from '../../contract/webhook-events.js';
import type { StripeCheckup, WebhookEndpoint } from '../../stripe/account-checkup.js';
import { stripeAccess } from '../attached-infrastructure.js';
import type { Config } from '../config.js';
import { loadStripe } from '../drivers.js';
import { openOperatorSession } from '../operator-session.js';
import { type Check, failing, notInstalled, ok, warn } from './check.js';
import { skew } from './clock-skew.js';
import { otherInstallations } from './other-installations.js';

/** Whether Stripe answers, whose account it is, and whether its webhooks reach us. */
export async function* checkAccount(config: Config, log: Logger): AsyncGenerator<Check> {
  const access = await stripeAccess(config);
  if (access.isErr()) {
    const found = `no sandbox runs with its data in ${config.dataDir}`;
    yield failing('Stripe', found, 'start it: campusg-pay serve; or set STRIPE_SECRET_KEY');
    return;
  }
  const { secretKey, apiBase } = access.value;
  const mode = /^.._live_/.test(secretKey) ? 'LIVE mode: real money' : 'test mode';
  const loaded = await loadStripe();
  if (loaded.isErr()) {
    yield notInstalled('Stripe', loaded.error);
    return;
  }
  const asked = Date.now();
  const looked = await loaded.value.checkStripe({
    secretKey,
    apiBase,
    timeoutMs: config.stripeTimeoutMs,
  });
  const answered = Date.now();
  if (looked.isErr()) {
    const { detail, isAboutKey } = looked.error;
    const fix = isAboutKey
      ? 'set STRIPE_SECRET_KEY to a valid key of the account'
      : 'check the way to Stripe: network, proxy, STRIPE_API_BASE';
    yield failing('Stripe', detail, fix);
    return;
  }
  const { accountId, chargesEnabled, stripeTime } = looked.value;
  const place = apiBase === null ? '' : ` at ${apiBase.origin}`;
  const found = `account ${accountId}${place}, ${mode}`;
  const { isForeign, installation } = await askRecords(config, log);
  yield isForeign
    ? failing(
        'Stripe',
        `${found}, knows none of the latest PaymentIntents of the records`,
        FOREIGN_FIX,
      )
    : keyCheck(config, { found, isLive: mode.startsWith('LIVE'), chargesEnabled });
  // The header is cut to whole seconds.
  if (stripeTime !== null) {
    yield skew('Stripe clock', stripeTime.getTime() + 500 - (asked + answered) / 2);
  }
  yield webhooks(config, looked.value);
  const others = otherInstallations(looked.value.latest, installation);
  if (others !== null) yield others;
}

/** What keeps from telling, such as a database that is away, is told by its own check. */
async function askRecords(
  config: Config,
  log: Logger,
): Promise<{ readonly isForeign: boolean; readonly installation: string | null }> {
  const session = await openOperatorSession(config, log);
  if (session.isErr()) return { isForeign: false, installation: null };
  const { escrow, close } = session.value;
  const account = await escrow.isOurAccount().finally(close);
  return { isForeign: account.isOk() && !account.value, installation: escrow.installation.id };
}

const FOREIGN_FIX = 'set STRIPE_SECRET_KEY to a key of the account and mode that made them';

function keyCheck(
  { production }: Config,
  { found, isLive, chargesEnabled }: { found: string; isLive: boolean; chargesEnabled: boolean },
): Check {
  if (!chargesEnabled) {
    return failing('Stripe', `${found}; it may not charge`, 'finish the account in the dashboard');
  }
  if (production && !isLive) {
    return warn('Stripe', `${found} in production`, 'set STRIPE_SECRET_KEY to a live key');
  }
  return isLive && !production
    ? warn('Stripe', found, 'set NODE_ENV=production, or take a test key')
    : ok('Stripe', found);
}

const PATH = '/api/stripe-webhook';

function lacking({ events }: WebhookEndpoint): readonly string[] {
  return WEBHOOK_EVENTS.filter((one) => !events.includes(one) && !events.includes('*'));
}

function webhooks(config: Config, { endpoints }: StripeCheckup): Check {
  const name = 'webhooks';
  if (config.stripe !== null && config.stripe.webhookSecrets.length === 0) {
    const found = 'STRIPE_WEBHOOK_SECRET is not set: webhooks are refused';
    return warn(name, found, `set it to the signing secret of the endpoint ...${PATH}`);
  }
  if (endpoints === null) {
    const found = 'the key may not see the webhook endpoints';
    return warn(name, found, 'give it read access to Webhook Endpoints, or look in the dashboard');
  }
  const ours = endpoints.filter(({ url }) => new URL(url).pathname.endsWith('/stripe-webhook'));
  // Beside it there may be one for connected accounts, which gets other events.
  const [endpoint] = ours
    .filter(({ enabled }) => enabled)
    .toSorted((one, other) => lacking(one).length - lacking(other).length);
  if (endpoint === undefined) {
    const found = ours.length === 0 ? `no endpoint ends in ${PATH}` : 'the endpoint is disabled';
    return warn(name, found, `dashboard > Developers > Webhooks: https://<your host>${PATH}`);
  }
  const { url } = endpoint;
  const lacks = lacking(endpoint);
  return lacks.length === 0
    ? ok(name, `${url} gets all ${WEBHOOK_EVENTS.length} events`)
    : failing(
        name,
        `${url} lacks ${lacks.join(', ')}`,
        'add them to the endpoint in the dashboard',
      );
}
