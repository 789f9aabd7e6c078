import { mkdtemp, rm } from 'node:fs/promises';
import http from 'node:http';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import Stripe from 'stripe';
import { onTestFinished } from 'vitest';
import { type Sandbox, type SandboxOptions, startSandbox } from '../src/index.js';

export const CARD: Stripe.PaymentIntentCreateParams.AllowedPaymentMethodType[] = ['card'];
export const WEBHOOK_SECRET = 'whsec_test_of_the_sandbox';
export const DAY_MS = 86_400_000;

/** An empty folder, gone when the test ends. */
export async function newFolder(): Promise<string> {
  const folder = await mkdtemp(join(tmpdir(), 'sandbox-'));
  onTestFinished(() => rm(folder, { recursive: true, force: true }));
  return folder;
}

/** The real SDK, pointed at a sandbox; it never repeats a request by itself, resets apart. */
export function clientOf(url: string, key = 'sk_test_sandbox'): Stripe {
  const { hostname, port } = new URL(url);
  return new Stripe(key, {
    host: hostname,
    port: Number(port),
    protocol: 'http',
    maxNetworkRetries: 0,
    telemetry: false,
  });
}

/** A sandbox for one test, closed when it ends. */
export async function openSandbox(
  options: SandboxOptions = {},
): Promise<{ sandbox: Sandbox; stripe: Stripe }> {
  const sandbox = await startSandbox(options);
  onTestFinished(() => sandbox.close());
  return { sandbox, stripe: clientOf(sandbox.url) };
}

/** A hold of 20.98 dollars on a card that works. */
export function hold(
  stripe: Stripe,
  params: Partial<Stripe.PaymentIntentCreateParams> = {},
  options: Stripe.RequestOptions = {},
): Promise<Stripe.Response<Stripe.PaymentIntent>> {
  return stripe.paymentIntents.create(
    {
      amount: 2098,
      currency: 'usd',
      confirm: true,
      capture_method: 'manual',
      payment_method: 'pm_card_visa',
      allowed_payment_method_types: CARD,
      ...params,
    },
    options,
  );
}

/** The error that a promise is refused with; fails the test when it is not. */
export async function refusal(promise: Promise<unknown>): Promise<Stripe.errors.StripeError> {
  try {
    await promise;
  } catch (error) {
    if (error instanceof Stripe.errors.StripeError) return error;
    throw error;
  }
  throw new Error('it was not refused');
}

/** Types of the events so far, oldest first. */
export async function eventTypes(stripe: Stripe): Promise<string[]> {
  const events = await stripe.events.list({ limit: 100 });
  return events.data.map(({ type }) => type).reverse();
}

export interface Receiver {
  readonly url: string;
  /** What arrived and was taken, in the order of arrival. */
  readonly events: Stripe.Event[];
  /** All requests, the refused ones too. */
  attempts: number;
  /** The status of the next answers; the last one stays. */
  answers: number[];
  readonly signatures: string[];
  readonly bodies: string[];
}

/** An endpoint that takes webhooks and checks their signatures with the SDK. */
export async function openReceiver(secret = WEBHOOK_SECRET): Promise<Receiver> {
  const stripe = new Stripe('sk_test_x');
  const receiver: Receiver = {
    url: '',
    events: [],
    attempts: 0,
    answers: [200],
    signatures: [],
    bodies: [],
  };
  const server = http.createServer((request, response) => {
    const chunks: Buffer[] = [];
    request.on('data', (chunk: Buffer) => chunks.push(chunk));
    request.on('end', () => {
      receiver.attempts += 1;
      const status = receiver.answers.length > 1 ? receiver.answers.shift() : receiver.answers[0];
      const body = Buffer.concat(chunks).toString('utf8');
      const signature = String(request.headers['stripe-signature']);
      receiver.bodies.push(body);
      receiver.signatures.push(signature);
      if (status === 200) {
        receiver.events.push(stripe.webhooks.constructEvent(body, signature, secret));
      }
      response.writeHead(status ?? 200).end();
    });
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  onTestFinished(() => {
    server.closeAllConnections();
    server.close();
  });
  const { port } = server.address() as AddressInfo;
  return Object.assign(receiver, { url: `http://127.0.0.1:${port}/hook` });
}

/** Calls a control over HTTP, e.g. `control(url, 'PUT /refunds', { later: false })`. */
export async function control(url: string, name: string, body?: unknown) {
  const [method = '', path = ''] = name.split(' ');
  const response = await fetch(`${url}/_sandbox${path}`, {
    method,
    ...(body === undefined ? {} : { body: JSON.stringify(body) }),
  });
  const answer = (await response.json()) as Record<string, unknown>;
  return { status: response.status, body: answer };
}

/** A payment that was taken: captured, 20.98 dollars. */
export async function take(stripe: Stripe, card = 'pm_card_visa'): Promise<string> {
  const { id } = await hold(stripe, { payment_method: card });
  await stripe.paymentIntents.capture(id);
  return id;
}

/** The charge of a payment, with its refunds. */
export async function chargeOf(stripe: Stripe, intent: string): Promise<Stripe.Charge> {
  const { latest_charge } = await stripe.paymentIntents.retrieve(intent, {
    expand: ['latest_charge.refunds'],
  });
  return latest_charge as Stripe.Charge;
}

/** The object alone, without what the SDK tells about its reply. */
export async function plain<T>(response: Promise<Stripe.Response<T>>): Promise<unknown> {
  return JSON.parse(JSON.stringify(await response));
}
