import { invalid } from './failure.js';

/** What an account is short of, in Stripe's words. */
export const SHORT = invalid(
  'You have insufficient available funds in your Stripe account. Try adding funds directly to your available balance by creating Charges using the 4000000000000077 test card. See: https://stripe.com/docs/testing#available-balance',
  { code: 'balance_insufficient' },
);
