import {
  authorizeOf,
  ERRORS,
  invalidRequest,
  issuesOf,
  namedRefund,
  type Problem,
  problemOf,
  readAuthorize,
  readId,
  readQuery,
  readRelease,
  readRevert,
} from '@campusg-pay/adapters/contract';
import type { Answer, Fault, Issue, Refusal } from '@campusg-pay/core';
import { type RequestHandler, Router } from 'express';
import type { Result } from 'neverthrow';
import { answer, onlyMethods, type Rendered, refuse, renderProblem } from '../answers.js';
import {
  isOpen,
  KEY_REUSED,
  type Keyed,
  keepAnswer,
  keyedRequest,
  readKey,
  replay,
} from '../idempotency-key.js';
import { readJson } from '../json-body.js';
import { inPlace, type Places } from '../load-limit.js';
import {
  renderAuthorized,
  renderFound,
  renderReleased,
  renderReverted,
  renderStatus,
} from '../payment-views.js';
import { contextOf } from '../request-context.js';
import type { ServicePort } from '../service-port.js';

/** The documented payment endpoints. Each reads, asks the escrow once, and renders. */
export function paymentRoutes(
  service: Pick<ServicePort, 'escrow' | 'config' | 'idempotencyKeys'>,
  places: Places,
): Router {
  const { escrow, config } = service;
  const authorize = command(service, places, {
    name: 'authorize',
    read: (body) => readAuthorize(body, config.currency),
    meaning: ({ terms: { order, ...terms }, amount }) => ({
      ...terms,
      order: { ...order, ...amount },
    }),
    run: (request, { orderId, correlationId, keyed }) =>
      escrow.authorize(
        authorizeOf(request, { orderId, correlationId, ownPaymentId: keyed?.paymentId ?? null }),
      ),
    render: renderAuthorized,
  });
  const release = command(service, places, {
    name: 'release',
    read: readRelease,
    meaning: (release) => release,
    run: (release, { orderId, correlationId }) =>
      escrow.release({ ...release, payment: { orderId }, correlationId }),
    render: renderReleased,
  });
  const revert = command(service, places, {
    name: 'revert',
    read: readRevert,
    meaning: (revert) => revert,
    run: (revert, { orderId, correlationId, keyed }) => {
      const named = keyed === null ? revert : namedRefund(revert, keyed.refundId);
      return escrow.revert({ ...named, payment: { orderId }, correlationId });
    },
    render: renderReverted,
  });
  const status = question(
    places,
    'order_id',
    (orderId) => escrow.checkWithAction({ orderId }),
    renderStatus,
  );
  const details = question(
    places,
    'payment_id',
    (paymentId) => escrow.check({ paymentId }),
    renderFound,
  );

  const router = Router();
  // Before any body is read, so that the log names the order of every refusal.
  const order = noteAs('orderId', 'order_id');
  const payment = noteAs('paymentId', 'payment_id');
  const commands = onlyMethods('POST');
  const questions = onlyMethods('GET', 'HEAD');
  router.route('/api/payment/:order_id/authorize').all(order).post(authorize).all(commands);
  router.route('/api/payment/:order_id/release').all(order).post(release).all(commands);
  router.route('/api/payment/:order_id/revert').all(order).post(revert).all(commands);
  router.route('/api/payment/:order_id/status').all(order).get(status).all(questions);
  router.route('/api/payment/:payment_id/details').all(payment).get(details).all(questions);
  return router;
}

/** Notes an id of the path for the log, if it is a sound one. */
export function noteAs(
  key: 'orderId' | 'paymentId',
  name: 'order_id' | 'payment_id',
): RequestHandler {
  return (request, response, next) => {
    const id = readId(name, request.params[name]);
    if (id.isOk()) contextOf(response)[key] = id.value;
    next();
  };
}

interface Command<Input> {
  readonly name: 'authorize' | 'release' | 'revert';
  /** What two requests under one `Idempotency-Key` are compared by. */
  readonly meaning: (input: Input) => unknown;
  readonly read: (body: unknown) => Result<Input, Issue[]>;
  readonly run: (input: Input, about: About) => Promise<Result<Answer, Refusal | Fault>>;
  readonly render: (answer: Answer) => Rendered;
}

interface About {
  readonly orderId: string;
  readonly correlationId: string;
  /** Null without an `Idempotency-Key`. */
  readonly keyed: Keyed | null;
}

/**
 * Everything of a request is checked, and everything wrong is told, before anything is asked for.
 * Only then is its `Idempotency-Key` looked up: a wrong request may be mended under the same key.
 */
function command<Input>(
  { idempotencyKeys: keys, escrow }: Pick<ServicePort, 'escrow' | 'idempotencyKeys'>,
  places: Places,
  { name, meaning, read, run, render }: Command<Input>,
): RequestHandler[] {
  return inPlace(places, readJson, async (request, response) => {
    const context = contextOf(response);
    const id = readId('order_id', request.params.order_id);
    const key = readKey(request);
    const query = readQuery(request.query);
    const input = read(request.body);
    if (id.isErr() || key.isErr() || query.isErr() || input.isErr()) {
      refuse(response, invalidRequest([id, key, query, input].flatMap(issuesOf)));
      return;
    }
    const orderId = id.value;
    const { installation } = escrow;
    const keyed =
      key.value === null
        ? null
        : keyedRequest(installation, { request, response }, key.value, {
            command: name,
            orderId,
            input: meaning(input.value),
          });
    if (keyed !== null && !(await isOpen(keys, response, keyed))) return;

    const done = await run(input.value, { orderId, correlationId: context.correlationId, keyed });
    if (done.isErr()) {
      const problem = problemUnder(keyed, done.error);
      const { status } = ERRORS[problem.code];
      const body = renderProblem(response, problem);
      const earlier = await keepAnswer(keys, response, keyed, { status, body });
      if (earlier === null) refuse(response, problem);
      else replay(response, earlier);
      return;
    }
    context.paymentId = done.value.payment.id;
    const rendered = render(done.value);
    const earlier = await keepAnswer(keys, response, keyed, rendered);
    if (earlier === null) answer(response, rendered);
    else replay(response, earlier);
  });
}

/** The payment id that is taken may be one that nobody asked for: it was made of the key. */
function problemUnder(keyed: Keyed | null, error: Refusal | Fault): Problem {
  const ids = [keyed?.paymentId.id, keyed?.paymentId.formerId];
  const isOurs = error.type === 'PaymentIdTaken' && ids.includes(error.paymentId);
  return isOurs ? KEY_REUSED : problemOf(error);
}

/** A question about a payment, named in the path. */
export function question<Found>(
  places: Places,
  name: 'order_id' | 'payment_id',
  ask: (id: string) => Promise<Result<Found, Refusal | Fault>>,
  render: (found: Found) => Rendered,
): RequestHandler[] {
  return inPlace(places, [], async (request, response) => {
    const id = readId(name, request.params[name]);
    if (id.isErr()) {
      refuse(response, invalidRequest(id.error));
      return;
    }
    const found = await ask(id.value);
    if (found.isErr()) {
      refuse(response, problemOf(found.error, name));
      return;
    }
    answer(response, render(found.value));
  });
}
