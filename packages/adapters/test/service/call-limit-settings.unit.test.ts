import { describe, expect, it } from 'vitest';
import { describeConfig, readConfig } from '../../src/service/config.js';

const KEYS = { test: 'sk_test_1234', live: 'sk_live_1234', restricted: 'rk_live_1234' };
const SANDBOX = 'http://127.0.0.1:12111';

function limitsOf(environment: Record<string, string>) {
  return readConfig(environment)._unsafeUnwrap().stripeLimits;
}

function shown(environment: Record<string, string>) {
  const all = describeConfig(environment);
  return ['STRIPE_CALLS_PER_SECOND', 'STRIPE_ENDPOINT_CALLS_PER_SECOND'].map(
    (name) => all.find(({ variable }) => variable === name)?.value,
  );
}

describe('the limits of calls to Stripe', () => {
  it.each([
    ['a live key', { STRIPE_SECRET_KEY: KEYS.live }, [100, 25]],
    ['a restricted live key', { STRIPE_SECRET_KEY: KEYS.restricted }, [100, 25]],
    ['a test key', { STRIPE_SECRET_KEY: KEYS.test }, [25, 25]],
  ])(
    'with %s are those that Stripe has by default',
    (_key, environment, [perSecond, perEndpoint]) => {
      expect(limitsOf(environment)).toEqual({ perSecond, perEndpoint });
      expect(shown(environment)).toEqual([String(perSecond), String(perEndpoint)]);
    },
  );

  it.each([
    ['in the embedded sandbox', {}],
    ['with another Stripe', { STRIPE_SECRET_KEY: KEYS.test, STRIPE_API_BASE: SANDBOX }],
    [
      'where both are said not to be',
      {
        STRIPE_SECRET_KEY: KEYS.live,
        STRIPE_CALLS_PER_SECOND: 'unlimited',
        STRIPE_ENDPOINT_CALLS_PER_SECOND: 'unlimited',
      },
    ],
  ])('are none %s', (_where, environment) => {
    expect(limitsOf(environment)).toBeNull();
    expect(shown(environment)).toEqual(['unlimited', 'unlimited']);
  });

  it.each([
    [{ STRIPE_CALLS_PER_SECOND: '500' }, { perSecond: 500, perEndpoint: 25 }],
    [{ STRIPE_ENDPOINT_CALLS_PER_SECOND: '80' }, { perSecond: 100, perEndpoint: 80 }],
    [
      { STRIPE_CALLS_PER_SECOND: 'unlimited' },
      { perSecond: Number.POSITIVE_INFINITY, perEndpoint: 25 },
    ],
  ])('are as %o says, the other as Stripe has it', (said, limits) => {
    expect(limitsOf({ STRIPE_SECRET_KEY: KEYS.live, ...said })).toEqual(limits);
  });

  it('can be tried in the sandbox', () => {
    expect(limitsOf({ STRIPE_ENDPOINT_CALLS_PER_SECOND: '5' })).toEqual({
      perSecond: Number.POSITIVE_INFINITY,
      perEndpoint: 5,
    });
  });

  it.each(['0', '-1', '1.5', '1e3', '100001', 'none', '25/s'])('are not %o', (said) => {
    for (const variable of ['STRIPE_CALLS_PER_SECOND', 'STRIPE_ENDPOINT_CALLS_PER_SECOND']) {
      expect(readConfig({ [variable]: said })._unsafeUnwrapErr()).toEqual([
        { variable, rule: 'must be a whole number of calls from 1 to 100000, or unlimited' },
      ]);
    }
  });
});
