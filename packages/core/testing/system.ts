import {
  type AuthorizeCommand,
  type Currency,
  createEscrow,
  createLookBudget,
  type Escrow,
  type EscrowPorts,
  type EscrowSettings,
  type Installation,
  type Money,
  type NewId,
  type WebhookReport,
} from '@campusg-pay/core';
import { type VirtualClock, virtualClock } from './clock.js';
import { CARDS } from './intents.js';
import type { Evidence } from './judged.js';
import type { GatewayCallName, GatewayTrouble } from './line.js';
import { type MemoryStore, memoryStore } from './memory.js';
import { type MemoryGateway, memoryGateway } from './memory-gateway.js';
import type { StoreCall, StoreTrouble } from './store-trouble.js';

/** The whole service in memory, with everything outside of it at hand. */
export interface MemorySystem {
  readonly escrow: Escrow;
  readonly ports: EscrowPorts;
  readonly store: MemoryStore;
  readonly gateway: MemoryGateway;
  readonly clock: VirtualClock;
  /** Delivers webhooks, by default those not delivered before, in the order they happened. */
  deliver(webhooks?: readonly WebhookReport[]): Promise<void>;
  /** Our records and the gateway's books as they are now, to be judged by invariants. */
  evidence(): Evidence;
  /** An authorize that works, for a customer that is known; name what matters to the test. */
  authorizing(wanted?: Partial<AuthorizeCommand>): AuthorizeCommand;
}

export interface MemorySystemOptions {
  readonly settings?: Partial<EscrowSettings>;
  readonly autoAdvance?: boolean;
  readonly holdMs?: number;
  /** Calls in doubt that may be looked at in a second; hardly bounded when left out. */
  readonly looksPerSecond?: number;
  readonly beforeStoreCall?: (call: StoreCall) => Promise<StoreTrouble>;
  readonly gatewayTrouble?: (call: GatewayCallName) => GatewayTrouble | null;
  readonly network?: () => Promise<void>;
}

/** Wires the use cases to a database, a gateway and a clock in memory. */
export function memorySystem(options: MemorySystemOptions = {}): MemorySystem {
  const { settings, autoAdvance, holdMs, beforeStoreCall, gatewayTrouble, network } = options;
  const { looksPerSecond = 1_000 } = options;
  const clock = virtualClock(autoAdvance === undefined ? {} : { autoAdvance });
  const store = memoryStore(beforeStoreCall === undefined ? {} : { before: beforeStoreCall });
  const gateway = memoryGateway({
    clock,
    ...(holdMs === undefined ? {} : { holdMs }),
    ...(gatewayTrouble === undefined ? {} : { trouble: gatewayTrouble }),
    ...(network === undefined ? {} : { network }),
  });
  const { repository, customers, runners, inbox } = store;
  const ports: EscrowPorts = {
    repository,
    customers,
    runners,
    inbox,
    gateway,
    clock,
    newId: countingIds(),
    looks: createLookBudget(clock, looksPerSecond),
    installation: INSTALLATION,
    settings: { ...SETTINGS, ...settings },
  };
  const escrow = createEscrow(ports);
  const stripeCustomerId = gateway.addCustomer();
  let delivered = 0;
  return {
    escrow,
    ports,
    store,
    gateway,
    clock,
    deliver: async (webhooks) => {
      const due = webhooks ?? gateway.webhooks.slice(delivered);
      if (webhooks === undefined) delivered = gateway.webhooks.length;
      // Result ignored: one that fails holds up none of the others, as at Stripe.
      for (const webhook of due) await escrow.report(webhook);
    },
    evidence: () => ({
      payments: store.payments(),
      histories: store.histories,
      announcements: store.outbox,
      intents: gateway.intents(),
      customerIds: gateway.customers().flatMap(({ customerId }) => customerId ?? []),
    }),
    authorizing: (wanted) => ({
      orderId: 'order-1',
      customerId: 'customer-1',
      stripeCustomerId,
      paymentMethodId: CARDS.good,
      amount: usd(2098),
      description: null,
      paymentId: null,
      returnUrl: null,
      savePaymentMethod: false,
      correlationId: 'authorize-1',
      ...wanted,
    }),
  };
}

/**
 * Whose call ended in doubt leaves it to others, as if the process had died with it: so a test sees
 * who finds the truth without it.
 */
export function leaveDoubt(ports: EscrowPorts): EscrowPorts {
  return { ...ports, settings: { ...ports.settings, looksAtOnce: 0 } };
}

const HOUR_MS = 3_600_000;

/**
 * What the service runs with when nothing is configured, with shorter leases; and whose call is in
 * doubt leaves it to others, as if it had died with it.
 */
export const SETTINGS: EscrowSettings = {
  leaseMs: 30_000,
  waitMs: 5_000,
  looksAtOnce: 0,
  abandonAfterMs: HOUR_MS,
  lapse: { warnMs: 24 * HOUR_MS, action: 'warn', actMs: HOUR_MS },
};

/** Whose payments those of tests are: of one that names what it makes from the start. */
export const INSTALLATION: Installation = { id: 'inst_here', namedSince: null };

/** Ids that tell in which order they were made. */
export function countingIds(prefix = 'id'): NewId {
  let made = 0;
  return () => {
    made += 1;
    return `${prefix}-${made}`;
  };
}

/** US dollars, in cents. */
export function usd(amountMinor: number): Money {
  return { amountMinor, currency: 'USD' as Currency };
}
