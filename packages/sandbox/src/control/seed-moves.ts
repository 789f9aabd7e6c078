import { movementId } from '../model/movement-ids.js';
import { move } from '../model/movements.js';
import { paymentIdOf } from '../model/transfer-shapes.js';
import type { TransferRecord } from '../state/money-records.js';
import type { RefundRecord } from '../state/records.js';
import type { World } from '../state/world.js';
import {
  isObject,
  METADATA,
  nullOr,
  oneOf,
  optional,
  type Part,
  type Shape,
  shapeProblem,
  TEXT,
  wholeFrom,
} from './shape-check.js';

/** A transfer that is there without anybody having sent it. Times in unix seconds. */
export interface SeedTransfer {
  readonly id: string;
  readonly created: number;
  readonly amount: number;
  /** Lower case. */
  readonly currency: string;
  /** The connected account; it need not be there. */
  readonly destination: string;
  readonly metadata: Readonly<Record<string, string>>;
  /** The charge whose money it is. */
  readonly source?: string | null;
  readonly group?: string | null;
  /** How much of it came back; no reversal tells of that. */
  readonly reversed?: number;
}

/** A refund that is there without anybody having asked: its charge has it in what was given back already. */
export interface SeedRefund {
  readonly id: string;
  readonly created: number;
  /** Of a PaymentIntent with a charge. */
  readonly paymentIntent: string;
  readonly amount: number;
  readonly metadata: Readonly<Record<string, string>>;
  readonly status?: RefundRecord['status'];
}

/** What goes with seeded PaymentIntents. */
export interface SeedMoves {
  readonly transfers?: readonly SeedTransfer[];
  readonly refunds?: readonly SeedRefund[];
}

function idOf(prefix: string): Part {
  return {
    rule: `text that begins with ${prefix}`,
    allows: (value) => typeof value === 'string' && value.length > 3 && value.startsWith(prefix),
  };
}

const TRANSFER: Readonly<Record<keyof SeedTransfer, Part>> = {
  id: idOf('tr_'),
  created: wholeFrom(0),
  amount: wholeFrom(1),
  currency: {
    rule: 'three small letters',
    allows: (value) => typeof value === 'string' && /^[a-z]{3}$/.test(value),
  },
  destination: TEXT,
  metadata: METADATA,
  source: optional(nullOr(TEXT)),
  group: optional(nullOr(TEXT)),
  reversed: optional(wholeFrom(0)),
};

const REFUND: Readonly<Record<keyof SeedRefund, Part>> = {
  id: idOf('re_'),
  created: wholeFrom(0),
  paymentIntent: idOf('pi_'),
  amount: wholeFrom(1),
  metadata: METADATA,
  status: optional(oneOf('pending', 'succeeded', 'failed', 'canceled')),
};

/** Puts them there as seeded PaymentIntents are: in the order of creation, or in another's place. */
export function seedMoves(world: World, { transfers = [], refunds = [] }: SeedMoves): void {
  checkAll(world, 'transfer', { seeds: transfers, of: TRANSFER });
  checkAll(world, 'refund', { seeds: refunds, of: REFUND });
  for (const { paymentIntent } of refunds) {
    const intent = world.store.get('payment_intent', paymentIntent);
    if (intent?.latestCharge == null) throw new Error(`${paymentIntent} has no charge`);
  }
  for (const seed of transfers) putTransfer(world, seed);
  for (const seed of refunds) putRefund(world, seed);
}

type Checked = { readonly id: string; readonly created: number };

function checkAll(
  { store }: World,
  kind: 'transfer' | 'refund',
  { seeds, of }: { readonly seeds: readonly Checked[]; readonly of: Shape },
): void {
  const newest = { window: { from: 0, to: Number.MAX_SAFE_INTEGER }, limit: 1 };
  let youngest = store.tables[kind].page(newest).data[0]?.created ?? 0;
  for (const [at, seed] of seeds.entries()) {
    const what = `a seeded ${kind}`;
    const problem = isObject(seed)
      ? shapeProblem({ ...seed }, { of, what })
      : `${what} is an object`;
    if (problem !== undefined) throw new Error(`${kind}s[${at}]: ${problem}`);
    if (store.get(kind, seed.id) !== undefined) continue;
    if (seed.created < youngest)
      throw new Error(`${seed.id} is older than what there is: seed in the order of creation`);
    youngest = seed.created;
  }
}

function putTransfer(world: World, seed: SeedTransfer): void {
  const { store } = world;
  const { id, amount, currency, destination, metadata, source = null, group = null } = seed;
  const { created, seq } = store.get('transfer', id) ?? {
    created: seed.created,
    seq: store.tables.transfer.nextSeq,
  };
  const { reversed: amountReversed = 0 } = seed;
  const record: TransferRecord = {
    id,
    created,
    seq,
    amount,
    amountReversed,
    currency,
    destination,
    source,
    group,
    description: null,
    metadata,
    reversals: [],
  };
  store.put('transfer', record);
  const left = amount - amountReversed;
  move(world, { type: 'transfer', amount: -left, currency, source: id });
  const paid = paymentIdOf(record);
  const taken = { account: destination, type: 'payment', amount: left, currency } as const;
  move(world, { ...taken, source: paid, id: `${movementId(paid)}p` });
}

function putRefund({ store }: World, seed: SeedRefund): void {
  const { id, paymentIntent: intent, amount, metadata, status = 'succeeded' } = seed;
  const charge = store.get('payment_intent', intent)?.latestCharge ?? '';
  const { created, seq } = store.get('refund', id) ?? {
    created: seed.created,
    seq: store.tables.refund.nextSeq,
  };
  store.put('refund', {
    id,
    created,
    seq,
    amount,
    currency: store.get('charge', charge)?.currency ?? '',
    charge,
    intent,
    reason: null,
    metadata,
    status,
    failureReason: status === 'failed' ? 'unknown' : null,
    moved: status === 'succeeded',
    later: null,
  });
}
