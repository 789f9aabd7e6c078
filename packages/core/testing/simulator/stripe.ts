import { CARDS } from '../intents.js';
import type { GatewayTrouble } from '../line.js';
import { type MemoryGateway, memoryGateway } from '../memory-gateway.js';
import type { Line } from './line.js';
import type { Fate } from './plan.js';
import { ACCOUNTS } from './wishes.js';

/** Stripe as it is at first: a customer with a card on file, and the runners' accounts. */
export function simulatedStripe(line: Pick<Line, 'now'>): {
  readonly gateway: MemoryGateway;
  /** What befalls the next call. */
  readonly befall: (fate: Fate) => void;
} {
  let befallen: Fate = 'through';
  const gateway = memoryGateway({
    clock: { now: () => new Date(line.now()), sleep: () => Promise.reject(new Error('unused')) },
    trouble: () => troubleOf(befallen),
  });
  gateway.addCustomer({ defaultCard: CARDS.good });
  for (const [stripeAccount, state] of ACCOUNTS)
    gateway.connect.makeAccount({ stripeAccount, state });
  const befall = (fate: Fate) => {
    befallen = fate;
  };
  return { gateway, befall };
}

function troubleOf(fate: Fate): GatewayTrouble | null {
  switch (fate) {
    case 'remembered':
      return { type: 'remembered', executed: true };
    case 'remembered_undone':
      return { type: 'remembered', executed: false };
    case 'frozen':
      return { type: 'refuse', detail: 'account_frozen' };
    case 'declined':
      return { type: 'decline' };
    case 'challenged':
      return { type: 'require_action' };
    case 'foreign':
      return { type: 'foreign' };
    case 'broke':
      return { type: 'refuse', detail: 'balance_insufficient' };
    default:
      return null;
  }
}
