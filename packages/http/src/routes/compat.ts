import {
  invalidRequest,
  issuesOf,
  problemOf,
  readCommand,
  readId,
  readQuery,
} from '@campusg-pay/adapters/contract';
import { Router } from 'express';
import { onlyMethods, refuse } from '../answers.js';
import { readJson } from '../json-body.js';
import { inPlace, type Places, type Work } from '../load-limit.js';
import { renderFound } from '../payment-views.js';
import { contextOf } from '../request-context.js';
import type { ServicePort } from '../service-port.js';
import { noteAs, question } from './payments.js';

/** Where the routes of the platform's later service begin: they have no /api. */
export const COMPAT_PREFIXES = ['/payment', '/history'];

/**
 * The routes that the platform's later service has besides the documented ones. Its commands are
 * only taken in: what becomes of them is told by an event.
 */
export function compatRoutes(
  service: Pick<ServicePort, 'escrow' | 'config' | 'commands' | 'totalsOf'>,
  places: Places,
): Router {
  const { escrow } = service;
  const router = Router();
  const order = noteAs('orderId', 'order_id');
  const payment = noteAs('paymentId', 'payment_id');
  const questions = onlyMethods('GET', 'HEAD');
  const commands = onlyMethods('POST');
  const status = question(places, 'order_id', (orderId) => escrow.check({ orderId }), renderFound);
  const details = question(
    places,
    'payment_id',
    (paymentId) => escrow.check({ paymentId }),
    renderFound,
  );
  const release = accepting(service, 'release_payment', 'The release is being carried out.');
  const revert = accepting(service, 'revert_payment', 'The revert is being carried out.');
  router.route('/payment/:order_id/status').all(order).get(status).all(questions);
  router.route('/payment/:payment_id/details').all(payment).get(details).all(questions);
  router
    .route('/history/:user_id')
    .get(inPlace(places, [], history(service)))
    .all(questions);
  router
    .route('/payment/:payment_id/release')
    .all(payment)
    .post(inPlace(places, readJson, release))
    .all(commands);
  router
    .route('/payment/:payment_id/revert')
    .all(payment)
    .post(inPlace(places, readJson, revert))
    .all(commands);
  return router;
}

/** Takes a command in as if it had come over Kafka, under the correlation id of the request. */
function accepting(
  { config, commands, escrow }: Pick<ServicePort, 'config' | 'commands' | 'escrow'>,
  type: 'release_payment' | 'revert_payment',
  message: string,
): Work {
  return async (request, response) => {
    const { correlationId, isCorrelated: isNamed } = contextOf(response);
    const body: unknown = request.body;
    const isObject = typeof body === 'object' && body !== null && !Array.isArray(body);
    const payload = isObject ? { ...body, payment_id: request.params.payment_id } : body;
    const { installation } = escrow;
    const reading = { correlationId, fallback: config.currency, installation, isNamed };
    const asked = readCommand(type, payload, reading);
    const query = readQuery(request.query);
    if (asked.isErr() || query.isErr()) {
      refuse(response, invalidRequest([query, asked].flatMap(issuesOf)));
      return;
    }
    const accepted = await commands.accept(asked.value);
    if (accepted.isErr()) {
      refuse(response, problemOf(accepted.error, 'payment_id'));
      return;
    }
    if (accepted.value === 'used_otherwise') {
      refuse(response, {
        code: 'idempotency_key_reused',
        description: 'This X-Correlation-Id came with another command before; use a fresh one.',
      });
      return;
    }
    response.status(202).json({ success: true, message, correlation_id: correlationId });
  };
}

/** What a user has spent and earned. */
function history({ totalsOf, config }: Pick<ServicePort, 'totalsOf' | 'config'>): Work {
  return async (request, response) => {
    const id = readId('user_id', request.params.user_id);
    if (id.isErr()) {
      refuse(response, invalidRequest(id.error));
      return;
    }
    const found = await totalsOf(id.value);
    if (found.isErr()) {
      refuse(response, problemOf(found.error));
      return;
    }
    const { currency } = config;
    const own = found.value.find((one) => one.currency === currency) ?? { ...NOTHING, currency };
    response.json({ userId: id.value, ...own, byCurrency: found.value });
  };
}

const NOTHING = { totalSpent: 0, totalEarned: 0, spentCount: 0, earnedCount: 0 };
