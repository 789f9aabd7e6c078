import { describe, expect, it } from 'vitest';
import { masked } from '../../src/service/masking.js';

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
});
