import { setMaxListeners } from 'node:events';
import type { Result } from 'neverthrow';
import type Stripe from 'stripe';
import { Api } from './api/api.js';
import type { AccountChange, SeedAccount } from './control/account-states.js';
import { control } from './control/control-routes.js';
import { type Controls, createControls } from './control/controls.js';
import type { DisputeChange, NewDispute } from './control/dispute-claim.js';
import { faultProblem } from './control/fault-check.js';
import type { InjectedFault } from './control/fault-rules.js';
import { type AccountFunds, type PayOut, type TopUp, termsProblem } from './control/funds.js';
import type { Counts, Ledger } from './control/ledger.js';
import type { RefundEnd } from './control/refund-end.js';
import type { SeedIntent } from './control/seed-intents.js';
import type { SeedMoves } from './control/seed-moves.js';
import { createEngine } from './engine.js';
import { foreignTo } from './foreign-request.js';
import type { Failure } from './model/failure.js';
import type { SandboxOptions } from './options.js';
import { accountSetup } from './pages/account-setup.js';
import { threeDSecure } from './pages/three-d-secure.js';
import { type Listening, listen } from './server.js';
import type { ShortRefunds, Terms } from './state/world.js';
import type { EndpointSettings } from './webhooks/endpoint.js';

export interface Sandbox {
  /** e.g. `http://127.0.0.1:40123`, no slash at the end. */
  readonly url: string;
  /** Stops serving; requests under way are cut off. The data file is complete. */
  close(): Promise<void>;
  ledger(): Ledger;
  counts(): Counts;
  readonly clock: {
    now(): Date;
    /**
     * Moves time forward: holds expire, refunds conclude, idempotency keys age. Rejects when `ms` is
     * no number, negative, or leads beyond the year 9999.
     */
    advance(ms: number): Promise<void>;
  };
  readonly faults: {
    /** Throws on a rule that could never strike. */
    add(fault: InjectedFault): void;
    clear(): void;
  };
  readonly webhooks: {
    /** Resolves when no delivery is under way; rejects after `timeoutMs` (5 s). */
    settled(timeoutMs?: number): Promise<void>;
    /** Sends these events (all when left out) once more; gives the number of deliveries. */
    redeliver(eventIds?: readonly string[]): number;
    /** Null: events are delivered nowhere. */
    setEndpoint(settings: EndpointSettings | null): void;
  };
  readonly disputes: {
    /** Begins one, as the customer's bank does; gives it. Throws when there is nothing to dispute. */
    open(dispute: NewDispute): Stripe.Dispute;
    /** Gives one another status; throws when there is none of this id or it has that status. */
    update(id: string, change: DisputeChange): Stripe.Dispute;
  };
  readonly refunds: {
    /**
     * Ends a pending refund now, or fails one that had succeeded; gives the refund. Throws when there
     * is none of this id or it can't end so.
     */
    end(id: string, end: RefundEnd): Stripe.Refund;
    /** False: no refund ends by itself any more. True: as before, and what had to wait is due. */
    setLater(later: boolean): void;
    /** What becomes of refunds that the platform's balance can't cover; `made` at the beginning. */
    setShort(short: ShortRefunds): void;
  };
  readonly accounts: {
    /** Puts a connected account there, no event tells of it. Throws when it is malformed. */
    seed(account: SeedAccount): Stripe.Account | Stripe.DeletedAccount;
    /** Changes one as Stripe or its owner would; throws when there is none of this id. */
    update(id: string, change: AccountChange): Stripe.Account | Stripe.DeletedAccount;
  };
  readonly funds: {
    /** Adds money to a balance, there to be spent at once. Throws when there is no such account. */
    add(topUp: TopUp): AccountFunds;
    /** Takes money out of a balance, all that is available unless told otherwise. */
    payOut(payOut: PayOut): AccountFunds;
    /** What later captures cost and how long their money is on the way; throws on nonsense. */
    setTerms(terms: Partial<Terms>): void;
  };
  /** Puts PaymentIntents there that nobody asked for, and what was moved of them; see {@link SeedIntent}. */
  seed(intents: readonly SeedIntent[], moves?: SeedMoves): void;
  /** Forgets payments, customers, events, replies, faults; the endpoint and the clock stay. */
  reset(): void;
}

const DEFAULT_HOST = '127.0.0.1';

/** Starts a Stripe-shaped server; see `index.ts` for what it is and is not. */
export async function startSandbox(options: SandboxOptions = {}): Promise<Sandbox> {
  const warn = options.warn ?? (() => undefined);
  const { startAt } = options;
  if (startAt !== undefined && !(startAt.getTime() >= 0)) {
    throw new Error('startAt must be a valid date, 1970 or later');
  }
  const problem = termsProblem(options.terms ?? {});
  if (problem !== undefined) throw new Error(problem);
  const { host = DEFAULT_HOST, port = 0 } = options;
  const server = await listen({ host, port, warn });
  try {
    return open(server, { ...options, warn });
  } catch (damaged) {
    await server.close();
    throw damaged;
  }
}

function open(
  server: Listening,
  options: SandboxOptions & { warn: (line: string) => void },
): Sandbox {
  const { warn, secretKey } = options;
  const publicUrl = (options.publicUrl ?? server.url).replace(/\/+$/, '');
  const engine = createEngine(options, publicUrl);
  const { world, faults, log, webhooks, commit, isWritten } = engine;
  const controls = createControls(engine);
  if (options.webhook !== undefined) controls.setEndpoint(options.webhook);
  if (options.startAt !== undefined && !world.store.isNew) catchUp(controls, options.startAt, warn);
  const closing = new AbortController();
  // Every call that is slowed down waits for it, and there may be hundreds.
  setMaxListeners(0, closing.signal);
  const api = new Api({ world, faults, log, secretKey, warn, commit, closed: closing.signal });
  const { host = DEFAULT_HOST } = options;
  server.serve({
    foreign: foreignTo({ host, publicUrl: options.publicUrl }),
    api: (asked) => api.answer(asked),
    page: (asked) => {
      world.clock.tick();
      const reply = threeDSecure(world, asked) ?? accountSetup(world, asked);
      commit();
      return reply;
    },
    control: (asked) => control(controls, asked),
    isWritten,
  });
  world.clock.tick();
  webhooks.wake();
  return {
    url: server.url,
    close: async () => {
      closing.abort();
      webhooks.close();
      world.clock.close();
      await server.close();
      world.store.close();
    },
    ledger: controls.ledger,
    counts: controls.counts,
    clock: { now: controls.now, advance: async (ms) => controls.advance(ms) },
    faults: {
      add: (fault) => {
        const problem = faultProblem(fault);
        if (problem !== undefined) throw new Error(problem);
        faults.add(fault);
      },
      clear: () => faults.clear(),
    },
    webhooks: {
      settled: controls.settled,
      redeliver: controls.redeliver,
      setEndpoint: controls.setEndpoint,
    },
    disputes: {
      open: (dispute) => made(controls.beginDispute(dispute)),
      update: (id, change) => made(controls.moveDispute(id, change)),
    },
    refunds: {
      end: (id, end) => made(controls.endRefund(id, end)),
      setLater: controls.setRefundsLater,
      setShort: controls.setShortRefunds,
    },
    accounts: {
      seed: (account) => made(controls.seedAccount(account)),
      update: (id, change) => made(controls.changeAccount(id, change)),
    },
    funds: {
      add: (topUp) => made(controls.addFunds(topUp)),
      payOut: (wish) => made(controls.payOut(wish)),
      setTerms: controls.setTerms,
    },
    seed: controls.seed,
    reset: controls.reset,
  };
}

/** What a control made; whoever calls it from a program gets its refusal as an error. */
function made<T>(result: Result<T, Failure>): T {
  if (result.isOk()) return result.value;
  throw new Error(result.error.error.message);
}

/** Moves a clock that a data file brought back on to where it shall begin. */
function catchUp(controls: Controls, startAt: Date, warn: (line: string) => void): void {
  const now = controls.now();
  const aheadMs = startAt.getTime() - now.getTime();
  if (aheadMs >= 0) {
    controls.advance(aheadMs);
    return;
  }
  warn(
    `the clock of the data file stands at ${now.toISOString()} and goes on from there: it never goes back to ${startAt.toISOString()}`,
  );
}
