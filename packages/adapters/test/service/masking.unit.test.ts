import { describe, expect, it } from 'vitest';
import { masked, maskedMalformed } from '../../src/service/masking.js';

describe('what is shown of a variable', () => {
  it.each([
    ['DATABASE_URL', 'postgres://me:hunter2@db:5432/pay', 'postgres://me:****@db:5432/pay'],
    [
      'DATABASE_URL',
      'postgres://me:hunter2@db/pay?password=hunter2&sslpassword=hunter2&sslmode=require',
      'postgres://me:****@db/pay?password=****&sslpassword=****&sslmode=require',
    ],
    ['DATABASE_URL', 'postgres://db/pay?sslmode=require', 'postgres://db/pay?sslmode=require'],
    ['API_KEYS', 'orders:hunter2, web:hunter2,hunter2', 'orders:****,web:****,****'],
    ['STRIPE_SECRET_KEY', 'sk_live_hunter2', 'sk_live_****'],
    ['STRIPE_WEBHOOK_SECRET', 'whsec_hunter2,whsec_hunter2', 'whsec_****,whsec_****'],
    ['KAFKA_SASL_PASSWORD', 'hunter2', '****'],
    ['PORT', '3003', '3003'],
  ])('%s=%s', (variable, text, shown) => {
    expect(masked(variable, text)).toBe(shown);
  });

  it.each([
    'postgres://me:hunter%2@db:70000/pay',
    'postgres://me:hunter2@a:1,b:2/pay',
    'postgres://me:hun#ter2@db/pay',
    'postgres://me:hun/ter2@db/pay',
    'postgres:/me:hunter2@db/pay',
    'me:hunter2@db/pay',
    'host=db password=hunter2',
    'hunter2',
    ' postgres://me:hunter2@db/pay',
  ])('DATABASE_URL=%s, which is no address as it stands, is hidden as a whole', (text) => {
    expect(masked('DATABASE_URL', text)).not.toMatch(/hun|ter2/);
  });

  it.each([
    ['KAFKA_BROKERS', 'me:hunter2@kafka:9092'],
    ['PORT', 'postgres://me:hunter2@db/pay#x'],
    ['OPERATOR', 'password=hunter2'],
    ['STRIPE_PUBLISHABLE_KEY', 'sk_live_hunter2'],
    ['KAFKA_CLIENT_ID', 'rk_test_hunter2'],
    ['CAMPUSG_PAY_DATA_DIR', 'whsec_hunter2'],
  ])('%s=%s, put where it does not belong, shows no password', (variable, text) => {
    expect(masked(variable, text)).not.toContain('hunter2');
  });
  it('that breaks its rule is shown only where it is too short for a secret', () => {
    expect(maskedMalformed('PORT', 'eighty')).toBe('eighty');
    expect(maskedMalformed('PORT', 'hunter2hunter2')).toBe('****');
    expect(maskedMalformed('STRIPE_SECRET_KEY', 'sk_test_')).toBe('sk_test_****');
  });
});
