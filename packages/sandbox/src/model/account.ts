/** The platform: the account that the API key is of. */
export const ACCOUNT_ID = 'acct_1CampusgSandbox';

/** How the API shows it. */
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
