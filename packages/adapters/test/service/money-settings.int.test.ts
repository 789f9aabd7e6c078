import { feeMinorOf, parseCurrency } from '@campusg-pay/core';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { describeConfig, readConfig } from '../../src/service/config.js';
import { escrowSettings } from '../../src/service/settings.js';

const config = (environment: Record<string, string>) => readConfig(environment)._unsafeUnwrap();
const errorsOf = (environment: Record<string, string>) =>
  readConfig(environment)._unsafeUnwrapErr();

describe("the platform's fee", () => {
  it('is nothing where none is set, and the runner bears their share of what is given back', () => {
    const { fees, clawback } = escrowSettings(config({}));
    expect(fees).toEqual({ partsPerMillion: 0, fixedMinor: {}, onTip: false });
    expect(clawback).toBe('proportional');
  });

  it('is as it is set', () => {
    const set = {
      PLATFORM_FEE_PERCENT: '2.5',
      PLATFORM_FEE_FIXED: '30 USD, 50sgd',
      PLATFORM_FEE_ON_TIP: 'true',
      CLAWBACK: 'full',
    };
    const { fees, clawback } = escrowSettings(config(set));
    const fixedMinor = { USD: 30, SGD: 50 };
    expect(fees).toEqual({ partsPerMillion: 25_000, fixedMinor, onTip: true });
    expect(clawback).toBe('full');
    expect(describeConfig(set)).toEqual(
      expect.arrayContaining(
        Object.entries(set).map(([variable, value]) => ({
          variable,
          value,
          source: 'environment',
        })),
      ),
    );
  });

  it.each([
    ['0', 0],
    ['100', 1_000_000],
    ['100.0000', 1_000_000],
    ['0.0001', 1],
    ['1.1', 11_000],
    ['33.3333', 333_333],
    ['007.29', 72_900],
  ])('is read of %s percent without a float', (text, partsPerMillion) => {
    expect(config({ PLATFORM_FEE_PERCENT: text }).fees.partsPerMillion).toBe(partsPerMillion);
  });

  it('is exact, whatever the percentage is', () => {
    fc.assert(
      fc.property(fc.integer({ min: 0, max: 1_000_000 }), (parts) => {
        const digits = String(parts).padStart(5, '0');
        const text = `${digits.slice(0, -4)}.${digits.slice(-4)}`;
        return config({ PLATFORM_FEE_PERCENT: text }).fees.partsPerMillion === parts;
      }),
    );
  });

  it.each(['-1', '100.0001', '101', '2.50001', '2,5', '2.5%', '.5', '5.', '1e1', '٢', 'none'])(
    'is not %s percent',
    (text) => {
      expect(errorsOf({ PLATFORM_FEE_PERCENT: text })).toEqual([
        {
          variable: 'PLATFORM_FEE_PERCENT',
          rule: 'must be a decimal number from 0 to 100 with at most 4 decimals, e.g. 2.5',
        },
      ]);
    },
  );

  it.each([
    ['30', /must be minor units with a currency/],
    ['0.30 USD', /must be minor units with a currency/],
    ['-30 USD', /must be minor units with a currency/],
    [',', /must be minor units with a currency/],
    ['30 USD,20 usd', /^names USD twice$/],
    ['30 USD,20 XYZ', /^names XYZ, which is no currency that Stripe can charge$/],
    ['30 CONSTRUCTOR', /must be minor units/],
  ])('is not a fixed %s', (text, rule) => {
    expect(errorsOf({ PLATFORM_FEE_FIXED: text })).toEqual([
      { variable: 'PLATFORM_FEE_FIXED', rule: expect.stringMatching(rule) },
    ]);
  });

  it.each([
    ['PLATFORM_FEE_ON_TIP', 'yes'],
    ['CLAWBACK', 'half'],
  ])('is not set by %s=%s', (variable, text) => {
    expect(errorsOf({ [variable]: text }).map((one) => one.variable)).toEqual([variable]);
  });

  it('of 2.5 percent and 30 cents is 82 of 20.98', () => {
    const { fees } = config({ PLATFORM_FEE_PERCENT: '2.5', PLATFORM_FEE_FIXED: '30 USD' });
    const currency = parseCurrency('USD')._unsafeUnwrap();
    expect(feeMinorOf(fees, { amountMinor: 2098, tipMinor: 500, currency })).toBe(82);
  });
});

describe('the secret of the endpoint for connected accounts', () => {
  const keys = { STRIPE_SECRET_KEY: 'sk_test_1', STRIPE_WEBHOOK_SECRET: 'whsec_1,whsec_2' };

  it('is tried beside the other ones, and never shown', () => {
    const set = { ...keys, STRIPE_CONNECT_WEBHOOK_SECRET: 'whsec_3' };
    expect(config(set).stripe?.webhookSecrets).toEqual(['whsec_1', 'whsec_2', 'whsec_3']);
    expect(JSON.stringify(describeConfig(set))).not.toContain('whsec_3');
  });

  it('is refused alone, and where it is none, without being shown', () => {
    expect(
      errorsOf({ STRIPE_SECRET_KEY: 'sk_test_1', STRIPE_CONNECT_WEBHOOK_SECRET: 'whsec_3' }),
    ).toEqual([
      {
        variable: 'STRIPE_WEBHOOK_SECRET',
        rule: 'is required with STRIPE_CONNECT_WEBHOOK_SECRET',
      },
    ]);
    const wrong = { ...keys, STRIPE_CONNECT_WEBHOOK_SECRET: 'sk_live_pasted' };
    expect(errorsOf(wrong).map(({ variable }) => variable)).toEqual([
      'STRIPE_CONNECT_WEBHOOK_SECRET',
    ]);
    expect(JSON.stringify([errorsOf(wrong), describeConfig(wrong)])).not.toContain('pasted');
  });
});
