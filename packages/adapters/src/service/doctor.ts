import type { Logger } from '@campusg-pay/core';
import type { Result } from 'neverthrow';
import { WEBHOOK_EVENTS } from '../contract/webhook-events.js';
import { checkDatabase } from '../postgres/schema/database-checkup.js';
import { migrationStatus } from '../postgres/schema/migrate.js';
import type { StripeCheckup } from '../stripe/account-checkup.js';
import { findDatabase, stripeAccess } from './attached-infrastructure.js';
import { type Check, failing, ok, warn } from './check.js';
import type { Config, ConfigError, KafkaConfig } from './config.js';
import { loadKafka, loadStripe } from './drivers.js';
import { openOperatorSession } from './operator-session.js';
import type { NotInstalled } from './optional-package.js';
import { otherInstallations } from './other-installations.js';

/** Looks at all that the service needs, and changes nothing. */
export async function* checkUp(
  read: Result<Config, readonly ConfigError[]>,
  log: Logger,
): AsyncGenerator<Check> {
  if (read.isErr()) {
    for (const { variable, rule } of read.error) {
      yield failing('configuration', `${variable} ${rule}`, `set ${variable}; see .env.example`);
    }
    return;
  }
  const config = read.value;
  yield configuration(config);
  yield* database(config);
  yield* stripe(config, log);
  if (config.kafka !== null) yield* kafka(config.kafka, log);
}

async function* kafka(config: KafkaConfig, log: Logger): AsyncGenerator<Check> {
  const loaded = await loadKafka();
  if (loaded.isErr()) {
    yield notInstalled('Kafka', loaded.error);
    return;
  }
  const looked = await loaded.value.ensureTopics(config, log, { checkOnly: true });
  if (looked.isErr()) {
    yield failing(
      'Kafka',
      looked.error.message,
      'check KAFKA_BROKERS, KAFKA_SSL and KAFKA_SASL_...',
    );
    return;
  }
  for (const { topic, state, partitions, replication } of looked.value) {
    yield state === 'missing'
      ? failing('Kafka', `no topic ${topic}`, 'campusg-pay kafka topics')
      : ok('Kafka', `topic ${topic}, ${partitions} partitions, ${replication} copies`);
  }
}

function notInstalled(name: string, { package: missing }: NotInstalled): Check {
  return failing(name, `the package ${missing} is not installed`, `npm install ${missing}`);
}

function configuration({ production, apiKeys, databaseUrl, stripe: keys }: Config): Check {
  const parts = [
    databaseUrl === null ? 'Postgres embedded' : 'Postgres configured',
    keys === null ? 'Stripe sandbox embedded' : 'Stripe configured',
  ].join(', ');
  if (apiKeys.length === 0) {
    const found = `${parts}; API_KEYS is not set: whoever reaches the port may move money`;
    return warn('configuration', found, 'set API_KEYS to name:key, each key at least 16 letters');
  }
  return ok('configuration', `${parts}${production ? ', production' : ''}`);
}

/** Beyond this two clocks are told apart by people who compare logs. */
const SKEW_WARN_MS = 2_000;
/** Webhooks are refused when they seem to be 300 s old or to come from the future. */
const SKEW_FAIL_MS = 120_000;
const SLOW_MS = 50;

async function* database(config: Config): AsyncGenerator<Check> {
  const url = await findDatabase(config);
  if (url.isErr()) {
    const found = `no service runs with its data in ${config.dataDir}`;
    yield failing('database', found, 'start it: campusg-pay serve; or set DATABASE_URL');
    return;
  }
  const connectionString = url.value;
  const looked = await checkDatabase(connectionString);
  if (looked.isErr()) {
    const { reason, code } = looked.error;
    const fix =
      reason === 'access'
        ? 'correct the user, password or database name in DATABASE_URL'
        : 'start it, or correct the host and port in DATABASE_URL';
    yield failing('database', code === undefined ? reason : `${reason}, ${code}`, fix);
    return;
  }
  const { latencyMs, aheadMs, version } = looked.value;
  const found = `Postgres ${version}, a round trip takes ${latencyMs.toFixed(1)} ms`;
  yield latencyMs > SLOW_MS
    ? warn('database', found, 'a command takes two or three: move the service nearer to it')
    : ok('database', found);
  yield skew('database clock', aheadMs);
  yield await schema(connectionString);
}

async function schema(connectionString: string): Promise<Check> {
  const status = await migrationStatus({ connectionString });
  if (status.isErr()) {
    const found = 'detail' in status.error ? status.error.detail : status.error.reason;
    return failing('schema', found, 'let the user of DATABASE_URL read the schema');
  }
  const { applied, pending } = status.value;
  return pending.length === 0
    ? ok('schema', applied.at(-1) ?? 'empty')
    : failing('schema', `lacks ${pending.join(', ')}`, 'campusg-pay migrate');
}

function skew(name: string, aheadMs: number): Check {
  const seconds = (Math.abs(aheadMs) / 1000).toFixed(1);
  const found = `${seconds} s ${aheadMs < 0 ? 'behind' : 'ahead of'} this machine`;
  const fix = 'let NTP set the clock of this machine, and of the other';
  if (Math.abs(aheadMs) > SKEW_FAIL_MS) return failing(name, found, fix);
  return Math.abs(aheadMs) > SKEW_WARN_MS ? warn(name, found, fix) : ok(name, found);
}

async function* stripe(config: Config, log: Logger): AsyncGenerator<Check> {
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
    const fix = /key/.test(looked.error)
      ? 'set STRIPE_SECRET_KEY to a valid key of the account'
      : 'check the way to Stripe: network, proxy, STRIPE_API_BASE';
    yield failing('Stripe', looked.error, fix);
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
  const [endpoint] = ours.filter(({ enabled }) => enabled);
  if (endpoint === undefined) {
    const found = ours.length === 0 ? `no endpoint ends in ${PATH}` : 'the endpoint is disabled';
    return warn(name, found, `dashboard > Developers > Webhooks: https://<your host>${PATH}`);
  }
  const { url, events } = endpoint;
  const lacks = WEBHOOK_EVENTS.filter((one) => !events.includes(one) && !events.includes('*'));
  return lacks.length === 0
    ? ok(name, `${url} gets all ${WEBHOOK_EVENTS.length} events`)
    : failing(
        name,
        `${url} lacks ${lacks.join(', ')}`,
        'add them to the endpoint in the dashboard',
      );
}
