import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { setTimeout as sleep } from 'node:timers/promises';
import type { GatewayCall, GatewayFault, GatewayReply, Payment } from '@campusg-pay/core';
import type { Result } from 'neverthrow';
import { type Circuit, type CircuitOptions, createCircuit } from '../../src/stripe/circuit.js';
import { createStripeClient } from '../../src/stripe/client.js';
import { createStripeGateway } from '../../src/stripe/stripe-gateway.js';

/** A request as it came over the wire. */
export interface Sent {
  readonly method: string;
  /** With its query. */
  readonly path: string;
  readonly key: string | undefined;
  /** The connected account that it was made for. */
  readonly account?: string;
  readonly body: string;
}

/** What is answered to one request. */
export interface Answer {
  readonly status: number;
  /** Sent as it is where it is text. */
  readonly body: unknown;
  readonly headers?: Readonly<Record<string, string>>;
  readonly afterMs?: number;
}

/** Instead of an answer: the connection is closed, or closed in the middle of the body. */
export type Cut = 'closed' | 'cut off';

export type Script = (request: Sent, nth: number) => Answer | Cut;

/** A server that notes what it was asked and answers by a script, and the gateway with the real SDK on it. */
export async function scriptedStripe({
  deadlineMs = 5_000,
  circuit = {},
}: {
  readonly deadlineMs?: number;
  readonly circuit?: Partial<CircuitOptions> | Circuit;
} = {}) {
  const sent: Sent[] = [];
  let script: Script = () => ({ status: 200, body: {} });
  const server = createServer(async (request, response) => {
    let body = '';
    for await (const chunk of request) body += String(chunk);
    const { method = '', url: path = '', headers } = request;
    const key = headers['idempotency-key'];
    const account = headers['stripe-account'];
    const one = {
      method,
      path,
      key: Array.isArray(key) ? key.join() : key,
      ...(typeof account === 'string' ? { account } : {}),
      body,
    };
    const answer = script(one, sent.push(one));
    if (answer === 'closed') return request.socket.destroy();
    const type = { 'content-type': 'application/json' };
    if (answer === 'cut off') {
      response.writeHead(200, { ...type, 'content-length': '1000' }).write('{"id":');
      return setTimeout(() => request.socket.destroy(), 10);
    }
    if (answer.afterMs !== undefined) await sleep(answer.afterMs);
    const text = typeof answer.body === 'string' ? answer.body : JSON.stringify(answer.body);
    return response.writeHead(answer.status, { ...type, ...answer.headers }).end(text);
  });
  await new Promise<void>((listening) => server.listen(0, '127.0.0.1', listening));
  const { port } = server.address() as AddressInfo;
  const apiBase = new URL(`http://127.0.0.1:${port}`);
  const stripe = createStripeClient({ secretKey: 'sk_test_script', apiBase, timeoutMs: 5_000 });
  const options = { concurrency: 50, queue: 200, outages: 1e9, restMs: 60_000 };
  const gateway = createStripeGateway({
    stripe,
    deadlineMs,
    circuit: 'run' in circuit ? circuit : createCircuit({ ...options, ...circuit }),
  });
  return {
    gateway,
    /** All requests so far, in order. */
    sent,
    /** From now on it answers by this, counting from the first request. */
    answers: (next: Script | Answer | Cut) => {
      sent.length = 0;
      script = typeof next === 'function' ? next : () => next;
    },
    perform: (
      payment: Payment,
      more: Pick<GatewayCall, 'withinMs'> = {},
    ): Promise<Result<GatewayReply, GatewayFault>> =>
      gateway.perform({ ...callFor(payment), ...more }),
    close: async () => {
      server.closeAllConnections();
      await new Promise((closed) => server.close(closed));
    },
  };
}

/** The call that a payment owes. */
function callFor(payment: Payment): GatewayCall {
  const { operation } = payment;
  if (operation === null) throw new Error('nothing is owed');
  return { payment, operation, installation: 'inst_script' };
}

/** An error as Stripe tells it. */
export function errorOf(
  status: number,
  error: { readonly type: string; readonly [field: string]: unknown },
  headers: Readonly<Record<string, string>> = {},
): Answer {
  return { status, body: { error: { message: 'Told by the script.', ...error } }, headers };
}

/** A list as Stripe tells it. */
export function listOf(data: readonly unknown[], { more = false } = {}): Answer {
  return { status: 200, body: { object: 'list', data, has_more: more, url: '/v1/list' } };
}
