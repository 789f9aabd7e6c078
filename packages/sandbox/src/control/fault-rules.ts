/** Why Stripe limits: docs.stripe.com/rate-limits. */
export const RATE_LIMITED_REASONS = [
  'global-rate',
  'global-concurrency',
  'endpoint-rate',
  'endpoint-concurrency',
  'resource-specific',
] as const;

/** What goes wrong with a request. Only one of these happens to a request, besides latency. */
export type RequestEffect =
  /** Waits before executing (the idempotency key is in use meanwhile) or before replying. */
  | { readonly kind: 'latency'; readonly ms: number; readonly phase?: 'before' | 'after' }
  /**
   * Answers 500. `executed`: the change is made nevertheless. `kept`: the idempotency key answers 500
   * from now on; by default when executed.
   */
  | { readonly kind: 'error500'; readonly executed: boolean; readonly kept?: boolean }
  | {
      readonly kind: 'rate_limit';
      readonly code?: 'lock_timeout' | 'rate_limit';
      /**
       * `Stripe-Rate-Limited-Reason`, which a `lock_timeout` has not.
       *
       * @default 'endpoint-rate'
       */
      readonly reason?: (typeof RATE_LIMITED_REASONS)[number];
    }
  | { readonly kind: 'conflict' }
  /**
   * Refuses as Stripe would, with one of its codes, and nothing is done. The idempotency key repeats
   * it, as it does every refusal of what was looked at.
   */
  | {
      readonly kind: 'refuse';
      readonly code: string;
      /** @default 400 */
      readonly status?: 400 | 402 | 403 | 404 | 409;
      /** @default a sentence of the sandbox */
      readonly message?: string;
      /** With the status 402. @default the code */
      readonly declineCode?: string;
    }
  /**
   * Closes the connection instead of replying. Note that stripe-node repeats a request once
   * after a reset before the headers, even with `maxNetworkRetries: 0`: use `times: 2` to let it fail.
   */
  | { readonly kind: 'drop'; readonly executed: boolean }
  /** Executes, sends half of the reply and closes. */
  | { readonly kind: 'truncate' }
  /** Answers an HTML 502, as a proxy in front of the API would. */
  | { readonly kind: 'html502'; readonly executed: boolean };

/** What goes wrong with an event. */
export type WebhookEffect =
  | { readonly kind: 'duplicate' }
  /** Delivered only after the next event to the same endpoint, or after `ms` (default 250). */
  | { readonly kind: 'reorder'; readonly ms?: number }
  /** Never delivered, though listed and counted as delivered. */
  | { readonly kind: 'lose' }
  | { readonly kind: 'delay'; readonly ms: number }
  /** Never created: neither delivered nor listed. */
  | { readonly kind: 'omit' };

interface Counting {
  /** Only the nth match (1 is the first). */
  readonly nth?: number;
  /** How often it strikes; by default once, or without end when it has a probability. */
  readonly times?: number;
  /** Chance of each match, 0 to 1, drawn from `seed`. */
  readonly probability?: number;
  readonly seed?: number;
}

export interface RequestFault extends Counting {
  readonly method?: 'DELETE' | 'GET' | 'POST';
  /** `*` stands for one part of the path, `**` for any: `/v1/refunds/*`. */
  readonly path?: string;
  readonly effect: RequestEffect;
}

export interface WebhookFault extends Counting {
  /** Event type; `charge.*` for a kind, all when left out. */
  readonly event: string;
  readonly effect: WebhookEffect;
}

export type InjectedFault = RequestFault | WebhookFault;

interface Rule<F extends InjectedFault> {
  readonly fault: F;
  readonly matches: RegExp;
  seen: number;
  left: number;
  random: number;
}

export interface Faults {
  add(fault: InjectedFault): void;
  clear(): void;
  /** The rules that still can strike. */
  list(): readonly InjectedFault[];
  /** What strikes this request; counts it. */
  forRequest(method: string, path: string): readonly RequestEffect[];
  /** What strikes this event: `born` looks at `omit` rules only, `delivery` at all others. */
  forEvent(type: string, stage: 'born' | 'delivery'): WebhookEffect | undefined;
}

function pattern(glob: string): RegExp {
  const source = glob
    .split('**')
    .map((part) =>
      part
        .split('*')
        .map((text) => text.replace(/[.+?^${}()|[\]\\]/g, '\\$&'))
        .join('[^/]+'),
    )
    .join('.*');
  return new RegExp(`^${source}$`);
}

function rule<F extends InjectedFault>(fault: F, glob: string): Rule<F> {
  const left = fault.times ?? (fault.probability === undefined ? 1 : Number.POSITIVE_INFINITY);
  return { fault, matches: pattern(glob), seen: 0, left, random: fault.seed ?? 1 };
}

/** A seeded draw (mulberry32): the same seed gives the same run. */
function draw(state: Rule<InjectedFault>): number {
  state.random = (state.random + 0x6d2b79f5) | 0;
  let mixed = Math.imul(state.random ^ (state.random >>> 15), 1 | state.random);
  mixed = (mixed + Math.imul(mixed ^ (mixed >>> 7), 61 | mixed)) ^ mixed;
  return ((mixed ^ (mixed >>> 14)) >>> 0) / 4_294_967_296;
}

/** Counts a match, and says whether the rule strikes now; `free`: nothing else struck yet. */
function strikes(state: Rule<InjectedFault>, free: boolean): boolean {
  state.seen += 1;
  const { nth, probability } = state.fault;
  if (state.left <= 0 || (nth !== undefined && state.seen !== nth)) return false;
  if (probability !== undefined && draw(state) >= probability) return false;
  if (free) state.left -= 1;
  return free;
}

export function createFaults(): Faults {
  let requests: Rule<RequestFault>[] = [];
  let events: Rule<WebhookFault>[] = [];
  return {
    add: (fault) => {
      if ('event' in fault) events.push(rule(fault, fault.event.replace(/\*+$/, '**')));
      else requests.push(rule(fault, fault.path ?? '**'));
    },
    clear: () => {
      requests = [];
      events = [];
    },
    list: () => [...requests, ...events].filter(({ left }) => left > 0).map(({ fault }) => fault),
    forRequest: (method, path) => {
      const effects: RequestEffect[] = [];
      for (const state of requests) {
        const { fault, matches } = state;
        if (fault.method !== undefined && fault.method !== method) continue;
        if (!matches.test(path)) continue;
        const taken = effects.some(({ kind }) => kind !== 'latency');
        const free = fault.effect.kind === 'latency' || !taken;
        if (strikes(state, free)) effects.push(fault.effect);
      }
      return effects;
    },
    forEvent: (type, stage) => {
      let struck: WebhookEffect | undefined;
      for (const state of events) {
        const omits = state.fault.effect.kind === 'omit';
        if (omits !== (stage === 'born') || !state.matches.test(type)) continue;
        if (strikes(state, struck === undefined)) struck = state.fault.effect;
      }
      return struck;
    },
  };
}
