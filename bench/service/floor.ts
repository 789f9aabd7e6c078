// The floor: the least program that does the job. Bare `node:http`, one call to Stripe and two durable
// statements a command; no idempotency, no journal, no history, no events, nothing checked. A webhook is
// verified and written down once; a status is a bare Express route with one SELECT, on the service's
// own row of the payment.
//
// Run by the bench: DATABASE_URL (its own), PAYMENTS_URL (the service's), STRIPE_API_BASE, STRIPE_SECRET_KEY,
// STRIPE_WEBHOOK_SECRET and DATABASE_POOL_SIZE say with what.

import { createHmac, randomUUID, timingSafeEqual } from 'node:crypto';
import { Agent, createServer, type IncomingMessage, request, type ServerResponse } from 'node:http';
import express from 'express';
import pg from 'pg';
import { listenAndTell } from './told-url.js';

const {
  DATABASE_URL,
  PAYMENTS_URL,
  STRIPE_API_BASE,
  STRIPE_SECRET_KEY,
  STRIPE_WEBHOOK_SECRET,
  DATABASE_POOL_SIZE,
} = process.env;
const max = Number(DATABASE_POOL_SIZE);
const own = new pg.Pool({ connectionString: DATABASE_URL, max });
const payments = new pg.Pool({ connectionString: PAYMENTS_URL, max });
const agent = new Agent({ keepAlive: true, maxSockets: 256 });
const stripeBase = new URL(STRIPE_API_BASE ?? '');

const READ = `
  select id, order_id, customer_id, runner_id, amount, status, description, payment_intent_id,
         created_at, updated_at
  from payments where order_id = $1 order by attempt desc limit 1`;

const app = express();
app.get('/api/payment/:order/status', async (asked, response) => {
  const values = [asked.params.order];
  const { rows } = await payments.query({ name: 'floor_read', text: READ, values });
  const [row] = rows;
  if (row === undefined) response.status(404).json({ success: false });
  else response.json({ success: true, payment: row });
});

const server = createServer((incoming, response) => {
  if (incoming.method === 'GET') {
    app(incoming, response);
    return;
  }
  const chunks: Buffer[] = [];
  incoming.on('data', (chunk: Buffer) => chunks.push(chunk));
  incoming.on('end', () => {
    handle(incoming, response, Buffer.concat(chunks)).catch((error: unknown) => {
      send(response, 500, { error: String(error) });
    });
  });
});
server.keepAliveTimeout = 60_000;
await own.query(`
  create table if not exists orders (
    id uuid primary key,
    order_id text not null unique,
    customer_id text not null,
    runner_id text,
    amount_minor integer not null,
    status text not null,
    payment_intent_id text,
    created_at timestamptz not null default now(),
    updated_at timestamptz not null default now()
  );
  create table if not exists webhooks (
    id text primary key,
    type text not null,
    received_at timestamptz not null default now()
  )`);
listenAndTell(server);

async function handle(incoming: IncomingMessage, response: ServerResponse, body: Buffer) {
  const [, , , order = '', command] = (incoming.url ?? '').split('/');
  if (command === 'authorize') await authorize(response, order, JSON.parse(body.toString()));
  else if (command === 'release') {
    const { runnerId } = JSON.parse(body.toString());
    await end(response, { order, runnerId, call: 'capture', status: 'RELEASED' });
  } else if (command === 'revert')
    await end(response, { order, runnerId: null, call: 'cancel', status: 'REVERTED' });
  else await webhook(incoming, response, body);
}

interface AuthorizeBody {
  readonly customer: {
    readonly clerkUserId: string;
    readonly stripeCustomerId?: string;
    readonly userStripeCard: { readonly payment_method_id: string };
  };
  readonly order: { readonly amount: number };
}

async function authorize(response: ServerResponse, order: string, body: AuthorizeBody) {
  const id = randomUUID();
  const { clerkUserId, stripeCustomerId, userStripeCard } = body.customer;
  await own.query({
    name: 'floor_insert',
    text: `insert into orders (id, order_id, customer_id, amount_minor, status)
           values ($1, $2, $3, $4, 'INITIATING')`,
    values: [id, order, clerkUserId, body.order.amount],
  });
  const intent = await stripe('/v1/payment_intents', {
    amount: String(body.order.amount),
    currency: 'usd',
    customer: stripeCustomerId ?? 'cus_floor',
    payment_method: userStripeCard.payment_method_id,
    capture_method: 'manual',
    confirm: 'true',
    'allowed_payment_method_types[0]': 'card',
    'metadata[order_id]': order,
  });
  await own.query({
    name: 'floor_held',
    text: `update orders set status = 'AUTHORIZED', payment_intent_id = $2, updated_at = now()
           where id = $1`,
    values: [id, intent.id],
  });
  send(response, 200, {
    success: true,
    paymentId: id,
    paymentIntentId: intent.id,
    status: 'AUTHORIZED',
  });
}

interface Ending {
  readonly order: string;
  readonly runnerId: string | null;
  readonly call: 'capture' | 'cancel';
  readonly status: 'RELEASED' | 'REVERTED';
}

async function end(response: ServerResponse, { order, runnerId, call, status }: Ending) {
  const claimed = await own.query({
    name: 'floor_claim',
    text: `update orders set status = 'ENDING', updated_at = now()
           where order_id = $1 and status = 'AUTHORIZED' returning id, payment_intent_id`,
    values: [order],
  });
  const [row] = claimed.rows;
  if (row === undefined) {
    send(response, 409, { success: false });
    return;
  }
  await stripe(`/v1/payment_intents/${row.payment_intent_id}/${call}`, {});
  await own.query({
    name: 'floor_ended',
    text: 'update orders set status = $2, runner_id = $3, updated_at = now() where id = $1',
    values: [row.id, status, runnerId],
  });
  send(response, 200, { success: true, status, runnerId });
}

async function webhook(incoming: IncomingMessage, response: ServerResponse, body: Buffer) {
  const [, time, given] = /^t=(\d+),v1=(\w+)/.exec(
    String(incoming.headers['stripe-signature']),
  ) as RegExpExecArray;
  const wanted = createHmac('sha256', STRIPE_WEBHOOK_SECRET ?? '')
    .update(`${time}.`)
    .update(body)
    .digest();
  if (!timingSafeEqual(wanted, Buffer.from(String(given), 'hex'))) {
    send(response, 400, {});
    return;
  }
  const { id, type } = JSON.parse(body.toString());
  await own.query({
    name: 'floor_webhook',
    text: 'insert into webhooks (id, type) values ($1, $2) on conflict do nothing',
    values: [id, type],
  });
  response.writeHead(200, { 'content-length': 0 });
  response.end();
}

function stripe(path: string, params: Record<string, string>): Promise<{ readonly id: string }> {
  const body = new URLSearchParams(params).toString();
  const { hostname, port } = stripeBase;
  const headers = {
    'content-type': 'application/x-www-form-urlencoded',
    'content-length': Buffer.byteLength(body),
    authorization: `Bearer ${STRIPE_SECRET_KEY}`,
  };
  return new Promise((resolve, reject) => {
    const call = request({ hostname, port, path, method: 'POST', agent, headers }, (reply) => {
      const chunks: Buffer[] = [];
      reply.on('data', (chunk: Buffer) => chunks.push(chunk));
      reply.on('end', () => {
        if (reply.statusCode === 200) resolve(JSON.parse(Buffer.concat(chunks).toString()));
        else reject(new Error(`the double answered ${reply.statusCode}`));
      });
    });
    call.on('error', reject);
    call.end(body);
  });
}

function send(response: ServerResponse, status: number, object: object): void {
  const json = JSON.stringify(object);
  response.writeHead(status, {
    'content-type': 'application/json',
    'content-length': Buffer.byteLength(json),
  });
  response.end(json);
}
