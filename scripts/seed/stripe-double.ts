import { once } from 'node:events';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import type { SeedSpan } from './book.js';
import {
  createdOf,
  intentAt,
  isGivenBack,
  isSent,
  paymentIdOf,
  REFUNDED_S,
  REVERSED_S,
  refundAt,
  reversalAt,
  TRANSFERRED_S,
  transferAt,
} from './stripe-side.js';

/** A list of Stripe's, the newest first. */
interface Listed {
  /** How long after its payment each was made, in seconds. */
  readonly laterS: number;
  readonly has: (n: number) => boolean;
  /** In JSON. */
  readonly at: (n: number) => string;
}

/**
 * Answers reads of Stripe's lists of what `npm run seed` has made: each page is worked out from the numbers of
 * the payments, so that ten million cost no memory.
 */
export async function startStripeDouble(
  span: SeedSpan,
): Promise<{ readonly url: string; close(): Promise<void> }> {
  const lists = listsOf(span);
  const server = createServer((request, response) => {
    const url = new URL(request.url ?? '/', 'http://127.0.0.1');
    const body = answerTo(span, lists, url);
    response.writeHead(body === null ? 404 : 200, { 'content-type': 'application/json' });
    response.end(body ?? '{"error":{"type":"invalid_request_error"}}');
  });
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  const { port } = server.address() as AddressInfo;
  return {
    url: `http://127.0.0.1:${port}`,
    close: async () => {
      server.close();
      server.closeAllConnections();
      await once(server, 'close');
    },
  };
}

function listsOf(span: SeedSpan): Readonly<Record<string, Listed>> {
  const created = (n: number) => createdOf(span, n);
  return {
    '/v1/payment_intents': { laterS: 0, has: () => true, at: (n) => intentAt(span, n) },
    '/v1/transfers': { laterS: TRANSFERRED_S, has: isSent, at: (n) => transferAt(span, n) },
    '/v1/refunds': {
      laterS: REFUNDED_S,
      has: isGivenBack,
      at: (n) => refundAt({ n, created: created(n) }),
    },
    transfer_refund: { laterS: REVERSED_S, has: isGivenBack, at: (n) => reversalAt(span, n) },
    refund_failure: { laterS: 0, has: () => false, at: () => '{}' },
  };
}

function answerTo(
  span: SeedSpan,
  lists: Readonly<Record<string, Listed>>,
  { pathname, searchParams }: URL,
): string | null {
  const group = searchParams.get('transfer_group');
  if (group !== null) return ofGroup(span, group);
  const [, number] = /^\/v1\/payment_intents\/pi_3Seed(\d+)$/.exec(pathname) ?? [];
  if (number !== undefined) return intentAt(span, Number(number));
  const isMovements = pathname === '/v1/balance_transactions';
  const list = lists[isMovements ? (searchParams.get('type') ?? '') : pathname];
  return list === undefined ? null : pageOf(span, list, searchParams);
}

/** The number of the newest payment that was made before then; -1: none was. */
function lastBefore(span: SeedSpan, second: number): number {
  let [none, all] = [-1, span.count];
  while (all - none > 1) {
    const middle = Math.floor((none + all) / 2);
    if (createdOf(span, middle) < second) none = middle;
    else all = middle;
  }
  return none;
}

function pageOf(span: SeedSpan, { laterS, has, at }: Listed, asked: URLSearchParams): string {
  const after = asked.get('starting_after');
  const limit = Number(asked.get('limit') ?? 10);
  const gte = Number(asked.get('created[gte]') ?? 0) - laterS;
  const lt = Number(asked.get('created[lt]') ?? 253_402_300_799) - laterS;
  const data: string[] = [];
  let hasMore = false;
  let n = after === null ? lastBefore(span, lt) : Number(after.slice(-10)) - 1;
  for (; n >= 0 && createdOf(span, n) >= gte && !hasMore; n -= 1) {
    if (!has(n)) continue;
    if (data.length === limit) hasMore = true;
    else data.push(at(n));
  }
  return `{"object":"list","data":[${data.join()}],"has_more":${hasMore}}`;
}

/** By going through all: it is asked only where something looks odd. */
function ofGroup(span: SeedSpan, paymentId: string): string {
  const data: string[] = [];
  for (let n = span.count - 1; n >= 0 && data.length === 0; n -= 1)
    if (isSent(n) && paymentIdOf(n) === paymentId) data.push(transferAt(span, n));
  return `{"object":"list","data":[${data.join()}],"has_more":false}`;
}
