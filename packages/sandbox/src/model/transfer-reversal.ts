import { err, type Result } from 'neverthrow';
import { newId } from '../state/ids.js';
import type { ReversalRecord, TransferRecord } from '../state/money-records.js';
import { change, emit, stamp, type World } from '../state/world.js';
import { formatMinor } from './currencies.js';
import { type Failure, invalid } from './failure.js';
import { type MetadataPatch, patchMetadata } from './metadata.js';
import { fundsIn, move } from './movements.js';
import { makeWaiting } from './refund.js';
import { SHORT } from './short-balance.js';
import { paymentRefundIdOf } from './transfer-shapes.js';

/** What to take back of a transfer. */
export interface ReversalParams {
  /** Minor units; all that is left when undefined. */
  readonly amount: number | undefined;
  readonly metadata: MetadataPatch | undefined;
}

/** Takes money back that was sent, as far as the other account has it. */
export function reverseTransfer(
  world: World,
  transfer: TransferRecord,
  params: ReversalParams,
): Result<ReversalRecord, Failure> {
  const { id, currency, destination } = transfer;
  const left = transfer.amount - transfer.amountReversed;
  if (left === 0) return err(invalid(`The transfer ${id} is already fully reversed.`));
  const amount = params.amount ?? left;
  if (amount > left) {
    const [asked, rest] = [amount, left].map((each) => formatMinor(each, currency));
    const message = `Transfer reversal amount (${asked}) is greater than unreversed amount on transfer (${rest})`;
    return err(invalid(message, { param: 'amount' }));
  }
  if (amount > fundsIn(world, destination, currency).available) return err(SHORT);
  return patchMetadata({}, params.metadata).map((metadata) => {
    const stamped = stamp(world, 'transfer_reversal');
    const record = { id: newId('trr'), ...stamped, amount, currency, transfer: id, metadata };
    world.store.put('transfer_reversal', record);
    bookReversal(world, transfer, record);
    const to = {
      amountReversed: transfer.amountReversed + amount,
      reversals: [...transfer.reversals, record.id],
    };
    const reversed = change(world, 'transfer', { record: transfer, to });
    emit(world, 'transfer.reversed', { kind: 'transfer', record: reversed });
    makeWaiting(world, currency);
    return record;
  });
}

function bookReversal(
  world: World,
  { destination, currency }: TransferRecord,
  reversal: ReversalRecord,
): void {
  const { id: source, amount } = reversal;
  move(world, { type: 'transfer_refund', amount, currency, source });
  move(world, {
    account: destination,
    type: 'payment_refund',
    amount: -amount,
    currency,
    source: paymentRefundIdOf(reversal),
    id: newId('txn'),
  });
}

export function updateReversal(
  world: World,
  reversal: ReversalRecord,
  patch: MetadataPatch | undefined,
): Result<ReversalRecord, Failure> {
  return patchMetadata(reversal.metadata, patch).map((metadata) =>
    change(world, 'transfer_reversal', { record: reversal, to: { metadata } }),
  );
}
