// A program of its own that answers like Stripe, at once and with as little work as possible: what is
// measured beside it should not wait for it. It keeps what it was told in memory, forgets the oldest,
// and counts the calls. It checks nothing; for that there is the sandbox.

import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import { parse } from 'node:querystring';
import { type StripeState, stripeState } from './stripe-state.js';
import { listenAndTell } from './told-url.js';

/** By secret key, since each program that is measured has one of its own. */
const counts: Record<string, Record<string, number>> = {};
/** How long an answer takes; 0: none of the time is Stripe's. */
const answerMs = Number(process.env.ANSWER_MS ?? 0);
const state: StripeState = stripeState();

const server = createServer((request, response) => {
  const chunks: Buffer[] = [];
  request.on('data', (chunk: Buffer) => chunks.push(chunk));
  request.on('end', () => answer(request, response, Buffer.concat(chunks).toString('utf8')));
});
server.keepAliveTimeout = 60_000;
listenAndTell(server);

function answer(request: IncomingMessage, response: ServerResponse, body: string): void {
  const { method = 'GET', url = '/' } = request;
  const [path = '', query = ''] = url.split('?');
  if (path === '/bench/counts') {
    send(response, 200, JSON.stringify(counts));
    return;
  }
  if (path === '/bench/intent') {
    const found = state.ofOrder(String(parse(query).order));
    send(response, found === null ? 404 : 200, JSON.stringify(found));
    return;
  }
  const told = state.handle({
    method,
    path,
    form: parse(method === 'GET' ? query : body),
    idempotencyKey: request.headers['idempotency-key'],
  });
  const key = String(request.headers.authorization).replace('Bearer ', '');
  counts[key] ??= {};
  counts[key][told.call] = (counts[key][told.call] ?? 0) + 1;
  const json = JSON.stringify(told.object);
  if (answerMs === 0) send(response, told.status, json);
  else setTimeout(send, answerMs, response, told.status, json);
}

function send(response: ServerResponse, status: number, json: string): void {
  response.writeHead(status, {
    'content-type': 'application/json',
    'content-length': Buffer.byteLength(json),
    'request-id': 'req_bench',
  });
  response.end(json);
}
