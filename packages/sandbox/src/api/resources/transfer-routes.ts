import { err, type Result } from 'neverthrow';
import { type Failure, missing } from '../../model/failure.js';
import { createTransfer, type TransferParams, updateTransfer } from '../../model/transfer.js';
import {
  type ReversalParams,
  reverseTransfer,
  updateReversal,
} from '../../model/transfer-reversal.js';
import type { ReversalRecord, TransferRecord } from '../../state/money-records.js';
import type { World } from '../../state/world.js';
import { type RouteAnswer, showing } from '../answer.js';
import { listing, readList } from '../list-query.js';
import type { Reader } from '../reader.js';
import { found, type PathIds, type Route, route } from '../route.js';
import { readCurrency } from './intent-params.js';

function readTransfer(params: Reader): TransferParams {
  params.builtOf('source_type', ['card'], ['bank_account', 'fpx']);
  const source = params.text('source_transaction');
  if (source === undefined && !params.has('amount')) params.requiredInteger('amount');
  return {
    amount: params.integer('amount', { min: 1 }),
    currency: readCurrency(params),
    destination: params.required('destination'),
    source,
    group: params.text('transfer_group', { max: 500 }),
    description: params.clearable('description', { max: 1000 }),
    metadata: params.metadata(),
  };
}

function readReversal(params: Reader): ReversalParams {
  // The sandbox has no application fees, so there is none to give back; nobody is shown the text.
  params.ignore('description', 'refund_application_fee');
  return { amount: params.integer('amount', { min: 1 }), metadata: params.metadata() };
}

function transferOf(world: World, { transfer: id }: PathIds): Result<TransferRecord, Failure> {
  return found(world, 'transfer', { id, param: 'id' });
}

/** A reversal is found only below the transfer that it is of. */
function reversalOf(world: World, ids: PathIds): Result<ReversalRecord, Failure> {
  return transferOf(world, ids).andThen((transfer) => {
    const { reversal: id = '' } = ids;
    const reversal = found(world, 'transfer_reversal', { id, param: 'id' });
    if (reversal.isErr() || reversal.value.transfer === transfer.id) return reversal;
    return err(missing('transfer_reversal', { id, param: 'id', status: 404 }));
  });
}

const PATH = '/v1/transfers';
const shown = (transfer: TransferRecord): RouteAnswer => showing('transfer', transfer);
const shownReversal = (reversal: ReversalRecord): RouteAnswer =>
  showing('transfer_reversal', reversal);

export const transferRoutes: readonly Route[] = [
  route('POST', PATH, {
    answers: 'transfer',
    read: readTransfer,
    run: (world, params) => createTransfer(world, params).map(shown),
  }),
  route('GET', PATH, {
    answers: { listOf: 'transfer' },
    read: (params) => ({
      list: readList(params),
      destination: params.text('destination'),
      group: params.text('transfer_group'),
    }),
    run: (world, { list, destination, group }) => {
      const byDestination =
        destination === undefined ? undefined : { index: 'destination', value: destination };
      return listing(world, 'transfer', {
        params: list,
        url: PATH,
        by: group === undefined ? byDestination : { index: 'transfer_group', value: group },
        keep: destination === undefined ? undefined : (each) => each.destination === destination,
      });
    },
  }),
  route('GET', `${PATH}/:transfer`, {
    answers: 'transfer',
    read: () => ({}),
    run: (world, _params, ids) => transferOf(world, ids).map(shown),
  }),
  route('POST', `${PATH}/:transfer`, {
    answers: 'transfer',
    read: (params) => ({
      description: params.clearable('description', { max: 1000 }),
      metadata: params.metadata(),
    }),
    run: (world, labels, ids) =>
      transferOf(world, ids)
        .andThen((transfer) => updateTransfer(world, transfer, labels))
        .map(shown),
  }),
  route('POST', `${PATH}/:transfer/reversals`, {
    answers: 'transfer_reversal',
    read: readReversal,
    run: (world, params, ids) =>
      transferOf(world, ids)
        .andThen((transfer) => reverseTransfer(world, transfer, params))
        .map(shownReversal),
  }),
  route('GET', `${PATH}/:transfer/reversals`, {
    answers: { listOf: 'transfer_reversal' },
    read: readList,
    run: (world, params, ids) =>
      transferOf(world, ids).andThen(({ id }) =>
        listing(world, 'transfer_reversal', {
          params,
          url: `${PATH}/${id}/reversals`,
          by: { index: 'transfer', value: id },
        }),
      ),
  }),
  route('GET', `${PATH}/:transfer/reversals/:reversal`, {
    answers: 'transfer_reversal',
    read: () => ({}),
    run: (world, _params, ids) => reversalOf(world, ids).map(shownReversal),
  }),
  route('POST', `${PATH}/:transfer/reversals/:reversal`, {
    answers: 'transfer_reversal',
    read: (params) => params.metadata(),
    run: (world, patch, ids) =>
      reversalOf(world, ids)
        .andThen((reversal) => updateReversal(world, reversal, patch))
        .map(shownReversal),
  }),
];
