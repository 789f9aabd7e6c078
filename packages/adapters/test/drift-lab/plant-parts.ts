import type { DiscrepancyType } from '@campusg-pay/core';
import type { Sandbox } from '@campusg-pay/sandbox';
import type pg from 'pg';
import type { Seeded } from './books.js';
import type { Wanted } from './old-books.js';

/** What is tampered with, and how. */
export interface Bench {
  readonly pool: pg.Pool;
  readonly sandbox: Pick<Sandbox, 'seed' | 'disputes' | 'refunds' | 'url'>;
  readonly now: Date;
  /** A payment of that fate that nothing was done to yet. */
  pick(fate: Wanted): Seeded;
  /** A new number, for what is made besides. */
  number(): string;
}

/** One thing that reconciling must find. */
export interface Expected {
  readonly type: DiscrepancyType;
  readonly paymentId: string | null;
  /** Or of the transfer that it is about. */
  readonly paymentIntentId: string | null;
  /** Whether there is nothing left to find once its repair is made. */
  readonly mends: boolean;
  /** What is found instead once it is made. */
  readonly leaves?: DiscrepancyType;
}

/** A way in which the two sides come apart. */
export interface Plant {
  readonly name: string;
  /** Whether there is nothing left to find once its repair is made. */
  readonly mends: boolean;
  readonly repair: string | null;
  readonly leaves?: DiscrepancyType;
  plant(bench: Bench): Promise<readonly Omit<Expected, 'mends' | 'leaves'>[]>;
}

export const of = (type: DiscrepancyType, { row, intent }: Seeded) => [
  { type, paymentId: row.id, paymentIntentId: intent.id },
];

export const MARK = 'mark_for_review';
