import type { World } from '../state/world.js';
import { holdsFunds } from './dispute.js';

/** The one account of a sandbox. */
export const ACCOUNT_ID = 'acct_1CampusgSandbox';

/** What was captured and not given back, nor taken back by a bank, by currency. */
export function balanceOf(world: World): object {
  const sums = new Map<string, number>();
  for (const { currency, amountCaptured, amountRefunded } of world.store.tables.charge.values()) {
    sums.set(currency, (sums.get(currency) ?? 0) + amountCaptured - amountRefunded);
  }
  for (const dispute of world.store.tables.dispute.values()) {
    const { currency, amount } = dispute;
    if (holdsFunds(dispute)) sums.set(currency, (sums.get(currency) ?? 0) - amount);
  }
  if (sums.size === 0) sums.set('usd', 0);
  const available = [...sums].map(([currency, amount]) => ({
    amount,
    currency,
    source_types: { card: amount },
  }));
  const pending = available.map(({ currency }) => ({
    amount: 0,
    currency,
    source_types: { card: 0 },
  }));
  return { object: 'balance', available, livemode: false, pending };
}

export const ACCOUNT = {
  id: ACCOUNT_ID,
  object: 'account',
  business_type: 'company',
  capabilities: { card_payments: 'active', transfers: 'active' },
  charges_enabled: true,
  country: 'US',
  created: 1_700_000_000,
  default_currency: 'usd',
  details_submitted: true,
  email: null,
  metadata: {},
  payouts_enabled: true,
  settings: { dashboard: { display_name: 'CampusG Pay sandbox', timezone: 'Etc/UTC' } },
  type: 'standard',
};
