import type { Result } from 'neverthrow';
import type Stripe from 'stripe';
import type { Engine } from '../engine.js';
import { renderAccount } from '../model/account-shapes.js';
import { renderDispute } from '../model/dispute-shapes.js';
import type { Failure } from '../model/failure.js';
import { makeWaiting, planRefunds } from '../model/refund.js';
import { renderRefund } from '../model/refund-shapes.js';
import { isFor, type ShortRefunds, type Terms } from '../state/world.js';
import { type EndpointSettings, OWN_ENDPOINTS, setDefaultEndpoint } from '../webhooks/endpoint.js';
import {
  type AccountChange,
  changeAccountById,
  type SeedAccount,
  seedAccount,
} from './account-states.js';
import {
  beginDispute,
  type DisputeChange,
  moveDisputeById,
  type NewDispute,
} from './dispute-claim.js';
import type { Faults } from './fault-rules.js';
import {
  type AccountFunds,
  addFunds,
  type PayOut,
  payOut,
  type TopUp,
  termsProblem,
} from './funds.js';
import { type Counts, type Ledger, takeCounts, takeLedger } from './ledger.js';
import { endRefundById, type RefundEnd } from './refund-end.js';
import type { RequestLog } from './request-log.js';
import { type SeedIntent, seedIntents } from './seed-intents.js';
import { type SeedMoves, seedMoves } from './seed-moves.js';

/** What both faces of the control offer: the object in this process and `/_sandbox` over HTTP. */
export interface Controls {
  readonly ledger: () => Ledger;
  readonly counts: () => Counts;
  readonly now: () => Date;
  /** Throws when `ms` is no time that can pass. */
  readonly advance: (ms: number) => void;
  readonly faults: Faults;
  readonly setEndpoint: (settings: EndpointSettings | null) => void;
  readonly redeliver: (eventIds?: readonly string[]) => number;
  readonly settled: (timeoutMs?: number) => Promise<void>;
  /** Throws when one of them is malformed or out of order, and then puts none there. */
  readonly seed: (intents: readonly SeedIntent[], moves?: SeedMoves) => void;
  /** Begins a dispute of a captured charge. */
  readonly beginDispute: (wish: NewDispute) => Result<Stripe.Dispute, Failure>;
  readonly moveDispute: (id: string, to: DisputeChange) => Result<Stripe.Dispute, Failure>;
  /** Ends one that is pending, or fails one that had succeeded. */
  readonly endRefund: (id: string, end: RefundEnd) => Result<Stripe.Refund, Failure>;
  /** False: refunds stay as they are until {@link Controls.endRefund}. */
  readonly setRefundsLater: (later: boolean) => void;
  /** What becomes of later refunds that the balance can't cover. */
  readonly setShortRefunds: (short: ShortRefunds) => void;
  /** Puts a connected account there. */
  readonly seedAccount: (seed: SeedAccount) => Result<AccountShape, Failure>;
  readonly changeAccount: (id: string, to: AccountChange) => Result<AccountShape, Failure>;
  readonly addFunds: (wish: TopUp) => Result<AccountFunds, Failure>;
  readonly payOut: (wish: PayOut) => Result<AccountFunds, Failure>;
  /** Throws when they are malformed; what is left out stays as it is. */
  readonly setTerms: (terms: Partial<Terms>) => void;
  readonly reset: () => void;
  readonly log: RequestLog;
}

type AccountShape = Stripe.Account | Stripe.DeletedAccount;

/** The last one whose ISO date has four digits for the year. */
const LAST_MOMENT = Date.UTC(9999, 11, 31, 23, 59, 59);

/** Makes these events due again at every endpoint; gives the number of deliveries. */
function redeliver({ world, commit }: Engine, eventIds: readonly string[] | undefined): number {
  const { store } = world;
  const ids = eventIds ?? Array.from(store.tables.event.values(), ({ id }) => id);
  let deliveries = 0;
  for (const id of ids) {
    const event = store.get('event', id);
    if (event === undefined) continue;
    for (const endpoint of store.tables.webhook_endpoint.values()) {
      if (endpoint.deleted || !endpoint.enabled || !isFor(endpoint, event)) continue;
      store.setDue(id, endpoint.id);
      deliveries += 1;
    }
  }
  commit();
  return deliveries;
}

function reset({ world, faults, log, webhooks, terms, commit }: Engine): void {
  const endpoints = OWN_ENDPOINTS.flatMap((id) => world.store.get('webhook_endpoint', id) ?? []);
  world.clock.clear();
  webhooks.clear();
  faults.clear();
  log.clear();
  world.refundsWait = false;
  world.shortRefunds = 'made';
  world.terms = terms;
  world.store.reset();
  for (const [seq, endpoint] of endpoints.entries()) {
    world.store.put('webhook_endpoint', { ...endpoint, seq });
  }
  commit();
}

function accountControls({ world, commit }: Engine) {
  /** At this moment of the clock, and written down. */
  const done = <T>(run: () => Result<T, Failure>): Result<T, Failure> => {
    world.clock.tick();
    const result = run();
    commit();
    return result;
  };
  return {
    seedAccount: (seed: SeedAccount) => done(() => seedAccount(world, seed).map(renderAccount)),
    changeAccount: (id: string, to: AccountChange) =>
      done(() => changeAccountById(world, id, to).map(renderAccount)),
    addFunds: (wish: TopUp) => done(() => addFunds(world, wish)),
    payOut: (wish: PayOut) => done(() => payOut(world, wish)),
    setTerms: (terms: Partial<Terms>) => {
      const problem = termsProblem(terms);
      if (problem !== undefined) throw new Error(problem);
      world.terms = { ...world.terms, ...terms };
    },
  };
}

export function createControls(engine: Engine): Controls {
  const { world, faults, log, webhooks, commit } = engine;
  return {
    ledger: () => takeLedger(world, log),
    counts: () => takeCounts(world, log),
    now: () => world.clock.now(),
    advance: (ms) => {
      if (!(ms >= 0)) throw new Error('give ms as a number, 0 or more');
      if (world.clock.nowMs() + ms > LAST_MOMENT)
        throw new Error('the clock ends with the year 9999');
      world.clock.advance(ms);
      commit();
    },
    faults,
    setEndpoint: (settings) => {
      setDefaultEndpoint(world, settings);
      commit();
    },
    redeliver: (eventIds) => redeliver(engine, eventIds),
    settled: (timeoutMs) => webhooks.settled(timeoutMs),
    seed: (intents, moves = {}) => {
      seedIntents(world, intents);
      seedMoves(world, moves);
      commit();
    },
    beginDispute: (wish) => {
      world.clock.tick();
      const begun = beginDispute(world, wish);
      commit();
      return begun.map(renderDispute);
    },
    moveDispute: (id, to) => {
      world.clock.tick();
      const moved = moveDisputeById(world, id, to);
      commit();
      return moved.map(renderDispute);
    },
    endRefund: (id, end) => {
      world.clock.tick();
      const ended = endRefundById(world, id, end);
      commit();
      return ended.map(renderRefund);
    },
    setShortRefunds: (short) => {
      world.clock.tick();
      world.shortRefunds = short;
      const waiting = [...world.store.tables.refund.values()].filter((each) => each.waitsForFunds);
      for (const currency of new Set(waiting.map((each) => each.currency))) {
        makeWaiting(world, currency);
      }
      commit();
    },
    setRefundsLater: (later) => {
      world.refundsWait = !later;
      // What had to wait meanwhile is due at once.
      if (later) planRefunds(world);
      world.clock.tick();
      commit();
    },
    ...accountControls(engine),
    reset: () => reset(engine),
    log,
  };
}
