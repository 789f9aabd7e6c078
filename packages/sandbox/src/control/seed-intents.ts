import { planCharge } from '../model/hold-end.js';
import { movementId } from '../model/movement-ids.js';
import { move } from '../model/movements.js';
import type { ChargeRecord, IntentRecord, IntentStatus } from '../state/records.js';
import type { World } from '../state/world.js';
import {
  isObject,
  METADATA,
  nullOr,
  oneOf,
  optional,
  type Part,
  shapeProblem,
  TEXT,
  wholeFrom,
} from './shape-check.js';

/**
 * A PaymentIntent that is there without ever having been asked for: for tests that need a great many
 * of them, or one in a state that no call leads to. No event tells of it. Times in unix seconds.
 */
export interface SeedIntent {
  readonly id: string;
  readonly created: number;
  readonly status: IntentStatus;
  readonly amount: number;
  /** Lower case. */
  readonly currency: string;
  readonly customer: string | null;
  readonly metadata: Readonly<Record<string, string>>;
  readonly received?: number;
  readonly refunded?: number;
  /** Set where there is, or was, a hold. */
  readonly captureBefore?: number | null;
  readonly cancellationReason?: string | null;
  readonly captureMethod?: 'manual' | 'automatic';
  readonly transferGroup?: string | null;
}

/**
 * Puts them there, or puts others in the place of those of the same id. New ones must come in the
 * order of their creation, and be younger than what there is: lists are searched by it.
 */
export function seedIntents(world: World, seeds: readonly SeedIntent[]): void {
  const { store } = world;
  let youngest = store.tables.payment_intent.page(NEWEST).data[0]?.created ?? 0;
  // All are looked at before any is there: half a seeding would be worse than none.
  for (const [at, seed] of seeds.entries()) {
    const problem = isObject(seed)
      ? shapeProblem({ ...seed }, { of: SEED, what: 'a seed' })
      : 'a seed is an object';
    if (problem !== undefined) throw new Error(`intents[${at}]: ${problem}`);
    if (store.get('payment_intent', seed.id) !== undefined) continue;
    if (seed.created < youngest) {
      throw new Error(`${seed.id} is older than what there is: seed in the order of creation`);
    }
    youngest = seed.created;
  }
  for (const seed of seeds) {
    const created = store.get('payment_intent', seed.id)?.created ?? seed.created;
    put(world, { ...seed, created });
  }
}

/** The parts of a {@link SeedIntent}: over HTTP no compiler looks at it. */
const SEED: Readonly<Record<keyof SeedIntent, Part>> = {
  id: {
    rule: 'text that begins with pi_',
    allows: (value) => typeof value === 'string' && /^pi_./.test(value),
  },
  created: wholeFrom(0),
  status: oneOf(
    'requires_payment_method',
    'requires_confirmation',
    'requires_action',
    'requires_capture',
    'succeeded',
    'canceled',
  ),
  amount: wholeFrom(0),
  currency: {
    rule: 'three small letters',
    allows: (value) => typeof value === 'string' && /^[a-z]{3}$/.test(value),
  },
  customer: nullOr(TEXT),
  metadata: METADATA,
  received: optional(wholeFrom(0)),
  refunded: optional(wholeFrom(0)),
  captureBefore: optional(nullOr(wholeFrom(0))),
  cancellationReason: optional(nullOr(TEXT)),
  captureMethod: optional(oneOf('manual', 'automatic')),
  transferGroup: optional(nullOr(TEXT)),
};

const NEWEST = { window: { from: 0, to: Number.MAX_SAFE_INTEGER }, limit: 1 };

const HELD: readonly IntentStatus[] = ['requires_capture', 'succeeded'];

function put(world: World, seed: SeedIntent): void {
  const { store } = world;
  const { payment_intent: intents, charge: charges } = store.tables;
  const charged = HELD.includes(seed.status) || seed.captureBefore !== undefined;
  const chargeId = charged ? `ch_${seed.id.slice(3)}` : null;
  const seq = store.get('payment_intent', seed.id)?.seq ?? intents.nextSeq;
  store.put('payment_intent', intentOf(seed, { seq, chargeId }));
  if (chargeId === null) return;
  const chargeSeq = store.get('charge', chargeId)?.seq ?? charges.nextSeq;
  const charge = chargeOf(seed, { id: chargeId, seq: chargeSeq });
  store.put('charge', charge);
  bookSeed(world, charge);
  if (seed.status === 'requires_capture') planCharge(world, charge);
}

/** What it took and gave back, as one sum that can be spent; of an older seed of its id in its place. */
function bookSeed(world: World, charge: ChargeRecord): void {
  const { id: source, currency, captured, amountCaptured, amountRefunded } = charge;
  const id = movementId(source);
  // What nobody took was not given back either, whatever the seed says.
  const amount = captured ? amountCaptured - amountRefunded : 0;
  if (amount === 0 && world.store.get('balance_transaction', id) === undefined) return;
  move(world, { type: 'charge', amount, currency, source });
}

function intentOf(
  seed: SeedIntent,
  { seq, chargeId }: { readonly seq: number; readonly chargeId: string | null },
): IntentRecord {
  const { id, created, status, amount, currency, customer, metadata } = seed;
  return {
    id,
    created,
    seq,
    status,
    amount,
    currency,
    customer,
    metadata,
    amountCapturable: status === 'requires_capture' ? amount : 0,
    amountReceived: seed.received ?? 0,
    captureMethod: seed.captureMethod ?? 'manual',
    latestCharge: chargeId,
    canceledAt: status === 'canceled' ? created : null,
    cancellationReason: seed.cancellationReason ?? null,
    transferGroup: seed.transferGroup ?? null,
    secret: 'seeded',
    method: `pm_${id.slice(3)}`,
    ...ORDINARY,
  };
}

/** What all of them share. */
const ORDINARY = {
  confirmationMethod: 'automatic',
  description: null,
  receiptEmail: null,
  statementDescriptor: null,
  statementDescriptorSuffix: null,
  setupFutureUsage: null,
  allowedTypes: ['card'],
  automaticMethods: null,
  returnUrl: null,
  lastError: null,
} as const;

function chargeOf(
  seed: SeedIntent,
  { id, seq }: { readonly id: string; readonly seq: number },
): ChargeRecord {
  const { created, amount, currency, customer, metadata } = seed;
  const captured = seed.status === 'succeeded';
  return {
    id,
    created,
    seq,
    amount,
    currency,
    customer,
    metadata,
    captured,
    amountCaptured: captured ? (seed.received ?? 0) : 0,
    amountRefunded: seed.refunded ?? 0,
    intent: seed.id,
    method: `pm_${seed.id.slice(3)}`,
    captureBefore: seed.captureBefore ?? null,
    failure: null,
    card: 'visa',
    expMonth: 12,
    expYear: 2034,
    authenticated: false,
    offSession: false,
    description: null,
    transferGroup: seed.transferGroup ?? null,
  };
}
