import type Stripe from 'stripe';
import type { AccountRecord, CapabilityStatus } from '../state/money-records.js';

/** The event of an account that left the platform; it tells of the platform's application. */
export const DEAUTHORIZED = 'account.application.deauthorized';

export const APPLICATION = {
  id: 'ca_CampusgSandbox',
  object: 'application',
  name: 'CampusG Pay sandbox',
};

const WANTED = ['external_account', 'tos_acceptance.date', 'tos_acceptance.ip'];
const LOOKED_AT = ['individual.verification.document'];

type DisabledReason = Stripe.Account.Requirements.DisabledReason | null;

function requirementsOf(account: AccountRecord, statuses: readonly CapabilityStatus[]) {
  const due = !account.detailsSubmitted && statuses.some((each) => each !== 'unrequested');
  const looked = statuses.includes('pending');
  const reason = due
    ? 'requirements.past_due'
    : looked
      ? 'requirements.pending_verification'
      : null;
  return {
    alternatives: [],
    current_deadline: null,
    currently_due: due ? [...WANTED] : [],
    disabled_reason: (account.disabledReason ?? reason) as DisabledReason,
    errors: [],
    eventually_due: due ? [...WANTED] : [],
    past_due: due ? [...WANTED] : [],
    pending_verification: looked ? [...LOOKED_AT] : [],
  };
}

/** Only what was asked for is shown. */
function capabilitiesOf({ transfers, cardPayments }: AccountRecord): Stripe.Account.Capabilities {
  return {
    ...(cardPayments === 'unrequested' ? {} : { card_payments: cardPayments }),
    ...(transfers === 'unrequested' ? {} : { transfers }),
  };
}

export function renderAccount(account: AccountRecord): Stripe.Account | Stripe.DeletedAccount {
  const { id } = account;
  if (account.closed) return { id, object: 'account', deleted: true };
  return {
    id,
    object: 'account',
    business_profile: null,
    business_type: null,
    capabilities: capabilitiesOf(account),
    charges_enabled: account.cardPayments === 'active',
    controller: { is_controller: true, type: 'application' },
    country: account.country,
    created: account.created,
    default_currency: account.defaultCurrency,
    details_submitted: account.detailsSubmitted,
    email: account.email,
    external_accounts: {
      object: 'list',
      data: [],
      has_more: false,
      url: `/v1/accounts/${id}/external_accounts`,
    },
    metadata: { ...account.metadata },
    payouts_enabled: account.transfers === 'active',
    requirements: requirementsOf(account, [account.transfers, account.cardPayments]),
    type: account.type,
  };
}

export function renderCapability(
  account: AccountRecord,
  name: 'card_payments' | 'transfers',
): Stripe.Capability {
  const status = name === 'transfers' ? account.transfers : account.cardPayments;
  const requested = status !== 'unrequested';
  return {
    id: name,
    object: 'capability',
    account: account.id,
    requested,
    requested_at: requested ? account.created : null,
    requirements: requirementsOf(account, [status]) as Stripe.Capability.Requirements,
    status,
  };
}
