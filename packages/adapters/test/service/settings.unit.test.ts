import { describe, expect, it } from 'vitest';
import { readConfig } from '../../src/service/config.js';
import { escrowSettings } from '../../src/service/settings.js';

describe('a lease', () => {
  it.each(['1000', '20000', '60000'])(
    'outlives the three calls of %s ms that can be made under it',
    (STRIPE_TIMEOUT_MS) => {
      const config = readConfig({ STRIPE_TIMEOUT_MS })._unsafeUnwrap();
      expect(config.stripeTimeoutMs).toBe(Number(STRIPE_TIMEOUT_MS));
      expect(escrowSettings(config).leaseMs).toBeGreaterThan(3 * config.stripeTimeoutMs);
    },
  );
});
