// The Stripe of what was seeded, in a process of its own so that its work is nobody else's.

import { startStripeDouble } from '../scripts/seed/stripe-double.js';

const { url } = await startStripeDouble(JSON.parse(process.argv[2] ?? ''));
console.log(JSON.stringify({ url }));
