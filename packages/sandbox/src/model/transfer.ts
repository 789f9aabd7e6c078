import { err, ok, type Result } from 'neverthrow';
import { newId } from '../state/ids.js';
import type { TransferRecord } from '../state/money-records.js';
import type { ChargeRecord } from '../state/records.js';
import { change, emit, stamp, type World } from '../state/world.js';
import { ACCOUNT_ID } from './account.js';
import { takingAccount } from './connected-account.js';
import { formatMinor, maximumMinor } from './currencies.js';
import { type Failure, invalid, missing } from './failure.js';
import { type MetadataPatch, patchMetadata } from './metadata.js';
import { fundsIn, move, settledOn } from './movements.js';
import { SHORT } from './short-balance.js';
import { paymentIdOf } from './transfer-shapes.js';

/** What to send to whom. */
export interface TransferParams {
  /** Minor units; all of the source when undefined. */
  readonly amount: number | undefined;
  /** Lower case. */
  readonly currency: string;
  readonly destination: string;
  /** The charge whose money it is. */
  readonly source: string | undefined;
  readonly group: string | undefined;
  readonly description: string | null | undefined;
  readonly metadata: MetadataPatch | undefined;
}

/** What all transfers of a charge's money add up to; what was reversed of them counts as well. */
function transferredOf({ store }: World, charge: string): number {
  const transfers = store.tables.transfer.withKey('source_transaction', charge);
  return transfers.reduce((sum, { amount }) => sum + amount, 0);
}

function sourceOf(world: World, params: TransferParams): Result<ChargeRecord, Failure> {
  const param = 'source_transaction';
  const id = params.source ?? '';
  const charge = world.store.get('charge', id);
  if (charge === undefined) return err(missing('charge', { id, param, status: 400 }));
  if (charge.failure !== null) {
    return err(invalid(`The charge ${id} failed: it has no funds to transfer.`, { param }));
  }
  if (!charge.captured) {
    const message = `The charge ${id} has not been captured: it has no funds to transfer yet.`;
    return err(invalid(message, { param }));
  }
  if (charge.currency !== params.currency) {
    const message = `The currency of source_transaction's balance transaction (${charge.currency}) must be the same as the transfer currency (${params.currency})`;
    return err(invalid(message, { param: 'currency' }));
  }
  if (params.group !== undefined && params.group !== groupOf(charge)) {
    const message = `The transfer_group of a transfer with a source_transaction comes from the charge (${groupOf(charge)}); ${params.group} contradicts it.`;
    return err(invalid(message, { param: 'transfer_group' }));
  }
  return ok(charge);
}

/** The group of a charge; Stripe makes one where a transfer needs it. */
function groupOf(charge: ChargeRecord): string {
  return charge.transferGroup ?? `group_${charge.intent}`;
}

/** What may leave: as much as the source still has, or what is available. */
function amountToSend(
  world: World,
  params: TransferParams,
  charge: ChargeRecord | undefined,
): Result<number, Failure> {
  const { currency } = params;
  const amount = params.amount ?? charge?.amountCaptured ?? 0;
  const maximum = maximumMinor(currency);
  if (amount > maximum) {
    const message = `Amount must be no more than ${formatMinor(maximum, currency)}`;
    return err(invalid(message, { code: 'amount_too_large', param: 'amount' }));
  }
  if (charge === undefined) {
    const { available } = fundsIn(world, ACCOUNT_ID, currency);
    return amount > available ? err(SHORT) : ok(amount);
  }
  const sent = transferredOf(world, charge.id);
  if (sent + amount <= charge.amountCaptured) return ok(amount);
  const [limit, before] = [charge.amountCaptured, sent].map((each) => formatMinor(each, currency));
  const already =
    sent === 0 ? '' : ` (There is already a transfer using this source, amounting to ${before}.)`;
  const message = `Transfers using this transaction as a source must not exceed the source amount of ${limit}.${already}`;
  return err(invalid(message, { param: 'amount' }));
}

/** Sends money of the platform to a connected account. */
export function createTransfer(
  world: World,
  params: TransferParams,
): Result<TransferRecord, Failure> {
  const { currency, destination } = params;
  const taker = takingAccount(world, destination, currency);
  if (taker.isErr()) return err(taker.error);
  const source = params.source === undefined ? undefined : sourceOf(world, params);
  if (source?.isErr()) return err(source.error);
  const charge = source?.isOk() ? source.value : undefined;
  const sending = amountToSend(world, params, charge);
  if (sending.isErr()) return err(sending.error);
  return patchMetadata({}, params.metadata).map((metadata) => {
    const group = charge === undefined ? (params.group ?? null) : groupOf(charge);
    if (charge !== undefined && charge.transferGroup === null) {
      change(world, 'charge', { record: charge, to: { transferGroup: group } });
    }
    const record: TransferRecord = {
      id: newId('tr'),
      ...stamp(world, 'transfer'),
      amount: sending.value,
      amountReversed: 0,
      currency,
      destination,
      source: charge?.id ?? null,
      group,
      description: params.description ?? null,
      metadata,
      reversals: [],
    };
    world.store.put('transfer', record);
    bookTransfer(world, record, charge);
    emit(world, 'transfer.created', { kind: 'transfer', record });
    return record;
  });
}

/** Money that is on its way to the platform is on its way to the other account as long. */
function bookTransfer(
  world: World,
  transfer: TransferRecord,
  charge: ChargeRecord | undefined,
): void {
  const { id, amount, currency, destination } = transfer;
  const availableOn = charge === undefined ? world.clock.seconds() : settledOn(world, charge);
  move(world, { type: 'transfer', amount: -amount, currency, source: id, availableOn });
  move(world, {
    account: destination,
    type: 'payment',
    amount,
    currency,
    source: paymentIdOf(transfer),
    id: newId('txn'),
    availableOn,
  });
}

/** What can be changed of a transfer that was sent. */
export interface TransferLabels {
  readonly description: string | null | undefined;
  readonly metadata: MetadataPatch | undefined;
}

export function updateTransfer(
  world: World,
  transfer: TransferRecord,
  { description, metadata: patch }: TransferLabels,
): Result<TransferRecord, Failure> {
  return patchMetadata(transfer.metadata, patch).map((metadata) => {
    const to = {
      metadata,
      description: description === undefined ? transfer.description : description,
    };
    const record = change(world, 'transfer', { record: transfer, to });
    emit(world, 'transfer.updated', { kind: 'transfer', record });
    return record;
  });
}
