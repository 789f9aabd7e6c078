import { closeDispute } from '../../model/dispute.js';
import type { DisputeRecord } from '../../state/records.js';
import { showing } from '../answer.js';
import { listing, readList } from '../list-query.js';
import { found, type Route, route } from '../route.js';

const PATH = '/v1/disputes';
const answers = 'dispute';
const shown = (dispute: DisputeRecord) => showing('dispute', dispute);

export const disputeRoutes: readonly Route[] = [
  route('GET', PATH, {
    answers: { listOf: 'dispute' },
    read: (params) => ({
      list: readList(params),
      charge: params.text('charge'),
      intent: params.text('payment_intent'),
    }),
    run: (world, { list, charge, intent }) => {
      const byIntent =
        intent === undefined ? undefined : { index: 'payment_intent', value: intent };
      return listing(world, 'dispute', {
        params: list,
        url: PATH,
        by: charge === undefined ? byIntent : { index: 'charge', value: charge },
        keep: intent === undefined ? undefined : (dispute) => dispute.intent === intent,
      });
    },
  }),
  route('GET', `${PATH}/:dispute`, {
    answers,
    read: () => ({}),
    run: (world, _params, { dispute: id }) =>
      found(world, 'dispute', { id, param: 'dispute' }).map(shown),
  }),
  route('POST', `${PATH}/:dispute/close`, {
    answers,
    read: () => ({}),
    run: (world, _params, { dispute: id }) =>
      found(world, 'dispute', { id, param: 'dispute' })
        .andThen((dispute) => closeDispute(world, dispute))
        .map(shown),
  }),
];
