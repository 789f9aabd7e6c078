import { err, ok, type Result } from 'neverthrow';
import { randomText } from '../state/ids.js';
import type { AccountLink, AccountRecord, CapabilityStatus } from '../state/money-records.js';
import { change, emitConnected, stamp, type World } from '../state/world.js';
import { DEAUTHORIZED, renderAccount } from './account-shapes.js';
import { type Failure, invalid, missing } from './failure.js';
import { type MetadataPatch, patchMetadata } from './metadata.js';

/** What a request gives of an account: undefined leaves a field as it is. */
export interface AccountFields {
  readonly email: string | null | undefined;
  readonly defaultCurrency: string | undefined;
  readonly metadata: MetadataPatch | undefined;
  readonly requested: Partial<Record<CapabilityName, boolean>>;
}

export type CapabilityName = 'card_payments' | 'transfers';

export const CAPABILITIES: readonly CapabilityName[] = ['card_payments', 'transfers'];

/** An account as it begins: nothing is asked for, nothing is known. */
export function blankAccount(world: World, id = `acct_1${randomText(15)}`): AccountRecord {
  return {
    id,
    ...stamp(world, 'account'),
    type: 'express',
    country: 'US',
    email: null,
    defaultCurrency: 'usd',
    transfers: 'unrequested',
    cardPayments: 'unrequested',
    disabledReason: null,
    detailsSubmitted: false,
    currencies: null,
    metadata: {},
    link: null,
    closed: false,
  };
}

/** What becomes of a capability that is asked for, or given up. */
function asRequested(
  { detailsSubmitted }: AccountRecord,
  now: CapabilityStatus,
  requested: boolean | undefined,
): CapabilityStatus {
  if (requested === undefined) return now;
  if (!requested) return 'unrequested';
  if (now !== 'unrequested') return now;
  return detailsSubmitted ? 'active' : 'inactive';
}

/** The account with these fields; not stored. */
export function accountWith(
  account: AccountRecord,
  { email, defaultCurrency, metadata: patch, requested }: AccountFields,
): Result<AccountRecord, Failure> {
  return patchMetadata(account.metadata, patch).map((metadata) => ({
    ...account,
    email: email === undefined ? account.email : email,
    defaultCurrency: defaultCurrency ?? account.defaultCurrency,
    transfers: asRequested(account, account.transfers, requested.transfers),
    cardPayments: asRequested(account, account.cardPayments, requested.card_payments),
    metadata,
  }));
}

/** Puts another version of an account and tells the endpoint for connected accounts. */
export function changeAccount(
  world: World,
  account: AccountRecord,
  to: Partial<AccountRecord>,
): AccountRecord {
  const former = world.store.get('account', account.id) ?? account;
  const record = change(world, 'account', { record: account, to });
  const previous = changedParts(renderAccount(former), renderAccount(record));
  emitConnected(world, 'account.updated', { account: record, previous });
  return record;
}

/** The parts of what was shown that are shown otherwise now, as they were. */
function changedParts(former: object, now: object): Record<string, unknown> {
  const after = new Map(Object.entries(now));
  const changed = Object.entries(former).filter(
    ([name, value]) => JSON.stringify(value) !== JSON.stringify(after.get(name)),
  );
  return Object.fromEntries(changed);
}

/** Whoever has the link has given all that Stripe wants to know: what was asked for becomes active. */
export function finishSetup(world: World, account: AccountRecord): AccountRecord {
  const active = (status: CapabilityStatus) => (status === 'unrequested' ? status : 'active');
  return changeAccount(world, account, {
    transfers: active(account.transfers),
    cardPayments: active(account.cardPayments),
    detailsSubmitted: true,
    disabledReason: null,
    link: null,
  });
}

const LINK_SECONDS = 300;

/** Makes a link for this account; a former one leads nowhere any more. */
export function linkTo(
  world: World,
  account: AccountRecord,
  ways: Pick<AccountLink, 'refreshUrl' | 'returnUrl'>,
): AccountLink {
  const expiresAt = world.clock.seconds() + LINK_SECONDS;
  const link = { token: randomText(24), expiresAt, ...ways };
  change(world, 'account', { record: account, to: { link } });
  return link;
}

/** The account is gone for the platform; its balance stays where it is. */
export function closeAccount(world: World, account: AccountRecord): AccountRecord {
  const record = change(world, 'account', { record: account, to: { closed: true } });
  emitConnected(world, DEAUTHORIZED, { account: record });
  return record;
}

/** What Stripe says of an account that is not there, or not any more. */
export function noAccess(id: string): Failure {
  const message = `The provided key does not have access to account '${id}' (or that account does not exist). Application access may have been revoked.`;
  return invalid(message, { code: 'account_invalid' }, 403);
}

export function openAccount(world: World, id: string): Result<AccountRecord, Failure> {
  const account = world.store.get('account', id);
  return account === undefined || account.closed ? err(noAccess(id)) : ok(account);
}

const INCAPABLE =
  'Your destination account needs to have at least one of the following capabilities enabled: transfers, crypto_transfers, legacy_payments';

/** The account that a transfer in this currency goes to, if it can take one. */
export function takingAccount(
  world: World,
  id: string,
  currency: string,
): Result<AccountRecord, Failure> {
  const param = 'destination';
  const account = world.store.get('account', id);
  if (account === undefined) return err(missing('destination', { id, param, status: 400 }));
  if (account.closed) {
    const message = `The account ${id} was closed: nothing can be transferred to it.`;
    return err(invalid(message, { code: 'account_invalid', param }));
  }
  if (account.disabledReason?.startsWith('rejected.') === true) {
    const message = `The account ${id} was rejected (${account.disabledReason}): transfers to it are not allowed.`;
    return err(invalid(message, { code: 'transfers_not_allowed', param }));
  }
  if (account.transfers !== 'active') {
    return err(invalid(INCAPABLE, { code: 'insufficient_capabilities_for_transfer' }));
  }
  if (account.currencies?.includes(currency) === false) {
    const message = `The account ${id} can't take ${currency}, only ${account.currencies.join(', ')}.`;
    return err(invalid(message, { param: 'currency' }));
  }
  return ok(account);
}
