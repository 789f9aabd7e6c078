/** A request as the ledger tells it. */
export interface SeenRequest {
  readonly id: string;
  /** ISO 8601, on the sandbox's clock. */
  readonly at: string;
  readonly method: string;
  readonly path: string;
  readonly idempotencyKey: string | null;
  /** 0 when the connection was closed instead of a reply. */
  readonly status: number;
  /** Whether the route ran for this request (a replay does not run it). */
  readonly executed: boolean;
  readonly replayed: boolean;
  /** Fault rules that struck it. */
  readonly faults: readonly string[];
}

export interface RequestCounts {
  readonly total: number;
  readonly executed: number;
  readonly replayed: number;
  readonly unknownRoutes: number;
}

export interface RequestLog {
  add(request: SeenRequest, unknownRoute: boolean): void;
  find(id: string): SeenRequest | undefined;
  list(): readonly SeenRequest[];
  unknown(): readonly SeenRequest[];
  counts(): RequestCounts;
  clear(): void;
}

/** The latest requests, in memory: a long run shall not fill it. */
const KEPT = 10_000;

export function createRequestLog(): RequestLog {
  let latest: SeenRequest[] = [];
  let unknown: SeenRequest[] = [];
  const zero = { total: 0, executed: 0, replayed: 0, unknownRoutes: 0 };
  let counts = { ...zero };
  return {
    add: (request, unknownRoute) => {
      counts.total += 1;
      if (request.executed) counts.executed += 1;
      if (request.replayed) counts.replayed += 1;
      latest.push(request);
      // Dropping half at a time keeps the cost of a request constant.
      if (latest.length > 2 * KEPT) latest = latest.slice(-KEPT);
      if (!unknownRoute) return;
      counts.unknownRoutes += 1;
      if (unknown.length < KEPT) unknown.push(request);
    },
    find: (id) => latest.find((request) => request.id === id),
    list: () => latest.slice(-KEPT),
    unknown: () => [...unknown],
    counts: () => ({ ...counts }),
    clear: () => {
      latest = [];
      unknown = [];
      counts = { ...zero };
    },
  };
}
