import type { Runtime } from '@campusg-pay/adapters';
import type { Answer, Fault, Payment, Refusal } from '@campusg-pay/core';
import { type RequestHandler, Router } from 'express';
import type { Result } from 'neverthrow';
import { answer, onlyMethods, type Rendered, refuse } from '../answers.js';
import { readJson } from '../body.js';
import { contextOf } from '../context.js';
import { type Issue, invalidRequest } from '../errors.js';
import { idempotent } from '../idempotency.js';
import { problemOf } from '../problems.js';
import { renderAuthorized, renderFound, renderReleased, renderReverted } from '../render.js';
import { issuesOf, read, readHold, readId, releaseBody, revertBody } from '../schemas.js';

/** The documented payment endpoints. Each reads, asks the escrow once, and renders. */
export function paymentRoutes(
  runtime: Pick<Runtime, 'escrow' | 'config' | 'idempotencyKeys'>,
): Router {
  const { escrow, config, idempotencyKeys } = runtime;
  const authorize = command({
    read: (body) => readHold(body, config.currency),
    run: ({ terms, amount }, { orderId, correlationId }) =>
      escrow.authorize({
        orderId,
        customerId: terms.customer.clerkUserId,
        stripeCustomerId: terms.customer.stripeCustomerId,
        paymentMethodId: terms.customer.userStripeCard?.payment_method_id ?? null,
        amount,
        description: terms.order.description,
        paymentId: terms.custpaymentId,
        returnUrl: terms.return_url,
        savePaymentMethod: terms.customer.savePaymentMethod ?? false,
        correlationId,
      }),
    render: renderAuthorized,
  });
  const release = command({
    read: (body) => read(releaseBody, body),
    run: ({ runnerId }, { orderId, correlationId }) =>
      escrow.release({ payment: { orderId }, runnerId, correlationId }),
    render: renderReleased,
  });
  const revert = command({
    read: (body) => read(revertBody, body),
    run: ({ reason }, { orderId, correlationId }) =>
      escrow.revert({ payment: { orderId }, reason, correlationId }),
    render: renderReverted,
  });
  const status = question('order_id', (orderId) => escrow.check({ orderId }));
  const details = question('payment_id', (paymentId) => escrow.check({ paymentId }));

  const router = Router();
  const commands = onlyMethods('POST');
  const once = idempotent(idempotencyKeys);
  const questions = onlyMethods('GET', 'HEAD');
  router.route('/api/payment/:order_id/authorize').post(readJson, once, authorize).all(commands);
  router.route('/api/payment/:order_id/release').post(readJson, once, release).all(commands);
  router.route('/api/payment/:order_id/revert').post(readJson, once, revert).all(commands);
  router.route('/api/payment/:order_id/status').get(status).all(questions);
  router.route('/api/payment/:payment_id/details').get(details).all(questions);
  return router;
}

interface Command<Input> {
  readonly read: (body: unknown) => Result<Input, Issue[]>;
  readonly run: (
    input: Input,
    about: { readonly orderId: string; readonly correlationId: string },
  ) => Promise<Result<Answer, Refusal | Fault>>;
  readonly render: (answer: Answer) => Rendered;
}

/** Everything of a request is checked, and everything wrong is told, before anything is asked for. */
function command<Input>({ read, run, render }: Command<Input>): RequestHandler {
  return async (request, response) => {
    const context = contextOf(response);
    const id = readId('order_id', request.params.order_id);
    const input = read(request.body);
    if (id.isErr() || input.isErr()) {
      refuse(response, invalidRequest([...issuesOf(id), ...issuesOf(input)]));
      return;
    }
    const orderId = id.value;
    context.orderId = orderId;
    const done = await run(input.value, { orderId, correlationId: context.correlationId });
    if (done.isErr()) {
      refuse(response, problemOf(done.error));
      return;
    }
    context.paymentId = done.value.payment.id;
    answer(response, render(done.value));
  };
}

function question(
  name: 'order_id' | 'payment_id',
  ask: (id: string) => Promise<Result<Payment, Refusal | Fault>>,
): RequestHandler {
  return async (request, response) => {
    const context = contextOf(response);
    const id = readId(name, request.params[name]);
    if (id.isErr()) {
      refuse(response, invalidRequest(id.error));
      return;
    }
    if (name === 'order_id') context.orderId = id.value;
    else context.paymentId = id.value;
    const found = await ask(id.value);
    if (found.isErr()) {
      refuse(response, problemOf(found.error));
      return;
    }
    answer(response, renderFound(found.value));
  };
}
