import {
  invalidRequest,
  issuesOf,
  problemOf,
  readId,
  readNoParameters,
  readPaymentList,
  readUserList,
} from '@campusg-pay/adapters/contract';
import { ANY_PAYMENT, type PaymentPlace, readListed, type Slice } from '@campusg-pay/core';
import { type Request, Router } from 'express';
import { answer, onlyMethods, refuse } from '../answers.js';
import { renderCards, renderPayments } from '../list-views.js';
import { inPlace, type Places, type Work } from '../load-limit.js';
import type { ServicePort } from '../service-port.js';

type Lists = Pick<ServicePort, 'escrow' | 'looking'>;

/** Lists of payments, and the cards of a user. Nothing here asks Stripe about a payment. */
export function listRoutes(service: Lists, places: Places): Router {
  const router = Router();
  const questions = onlyMethods('GET', 'HEAD');
  router
    .route('/api/payments')
    .get(inPlace(places, [], payments(service)))
    .all(questions);
  router
    .route('/api/users/:user_id/payments')
    .get(inPlace(places, [], paymentsOfUser(service)))
    .all(questions);
  router
    .route('/api/users/:user_id/cards')
    .get(inPlace(places, [], cardsOfUser(service)))
    .all(questions);
  return router;
}

function payments({ looking }: Lists): Work {
  return async (request, response) => {
    const wanted = readPaymentList(searchOf(request));
    if (wanted.isErr()) {
      refuse(response, invalidRequest(wanted.error));
      return;
    }
    const { filter, slice, cursorOf } = wanted.value;
    const found = await readListed((part) => looking.list(filter, part), slice);
    if (found.isErr()) refuse(response, problemOf(found.error));
    else answer(response, renderPayments(found.value, cursorOf));
  };
}

function paymentsOfUser({ looking }: Lists): Work {
  return async (request, response) => {
    const id = readId('user_id', request.params.user_id);
    const wanted = readUserList(id.unwrapOr(''), searchOf(request));
    if (id.isErr() || wanted.isErr()) {
      refuse(response, invalidRequest([id, wanted].flatMap(issuesOf)));
      return;
    }
    const { role, slice, cursorOf } = wanted.value;
    const list = (part: Slice<PaymentPlace>) => {
      if (role === 'customer') return looking.list({ ...ANY_PAYMENT, customerId: id.value }, part);
      if (role === 'runner') return looking.list({ ...ANY_PAYMENT, runnerId: id.value }, part);
      return looking.ofUser(id.value, part);
    };
    const found = await readListed(list, slice);
    if (found.isErr()) refuse(response, problemOf(found.error));
    else answer(response, renderPayments(found.value, cursorOf));
  };
}

function cardsOfUser({ escrow }: Lists): Work {
  return async (request, response) => {
    const id = readId('user_id', request.params.user_id);
    const query = readNoParameters(searchOf(request));
    if (id.isErr() || query.isErr()) {
      refuse(response, invalidRequest([id, query].flatMap(issuesOf)));
      return;
    }
    const found = await escrow.cards(id.value);
    if (found.isErr()) refuse(response, problemOf(found.error));
    else answer(response, renderCards(found.value));
  };
}

/** The query string as it was sent: settings of a host app say how `query` is read. */
function searchOf({ originalUrl }: Request): string {
  const at = originalUrl.indexOf('?');
  return at === -1 ? '' : originalUrl.slice(at + 1);
}
