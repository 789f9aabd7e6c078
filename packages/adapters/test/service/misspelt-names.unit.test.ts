import { describe, expect, it } from 'vitest';
import { VARIABLE_NAMES } from '../../src/service/config.js';
import { meantName } from '../../src/service/misspelt-names.js';

/** Of the Stripe CLI, Kafka, Postgres, other databases of a platform, shells, Node, CI. */
const FOREIGN = `
  STRIPE_API_KEY STRIPE_DEVICE_NAME STRIPE_ACCOUNT STRIPE_PRICE_ID STRIPE_CLI
  KAFKA_HOME KAFKA_OPTS KAFKA_HEAP_OPTS KAFKA_ACL KAFKA_TOPIC KAFKA_VERSION PGHOST
  PGPORT PGUSER POSTGRES_USER POSTGRES_DB REDIS_URL DATABASE_SSL DATABASE_USER
  DATABASE_HOST DATABASE_NAME DATABASE_PASSWORD ORDER_DATABASE_URL USER_DATABASE_URL
  CART_SERVICE_URL PAYMENT_SERVICE_URL POST SPORT HOSTS HOSTNAME HOSTTYPE XPORT SHOST
  TRANSPORT HOME PATH USER LOGNAME TERM LANG SHELL EDITOR http_proxy NODE_PATH
  NODE_OPTIONS NODE_VERSION CI GITHUB_TOKEN RUNNER_OS
`
  .trim()
  .split(/\s+/);

describe('a name that is not known', () => {
  it.each([
    ['STRIPE_SECRETKEY', 'STRIPE_SECRET_KEY'],
    ['STRIPE_WEBHOOK_SECRETS', 'STRIPE_WEBHOOK_SECRET'],
    ['STRIPE_PUBLISHEABLE_KEY', 'STRIPE_PUBLISHABLE_KEY'],
    ['DATABASE_ULR', 'DATABASE_URL'],
    ['DATABASE_URI', 'DATABASE_URL'],
    ['KAFKA_BROKER', 'KAFKA_BROKERS'],
    ['API_KEY', 'API_KEYS'],
    ['OPS_APROVAL_ABOVE', 'OPS_APPROVAL_ABOVE'],
    ['port', 'PORT'],
    ['database_url', 'DATABASE_URL'],
    ['CAMPUSG_PAY_FOLDER', 'ours'],
    ['HOLD_EXPIRY_DAYS', 'ours'],
  ])('%s was meant to be %s', (name, meant) => {
    expect(meantName(name, VARIABLE_NAMES)).toBe(meant);
  });

  it.each(FOREIGN)('%s is somebody else’s', (name) => {
    expect(meantName(name, VARIABLE_NAMES)).toBeNull();
  });
});
