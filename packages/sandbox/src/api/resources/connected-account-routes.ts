import { err, ok, type Result } from 'neverthrow';
import { ACCOUNT, ACCOUNT_ID } from '../../model/account.js';
import { renderCapability } from '../../model/account-shapes.js';
import {
  type AccountFields,
  accountWith,
  blankAccount,
  CAPABILITIES,
  type CapabilityName,
  changeAccount,
  closeAccount,
  linkTo,
  openAccount,
} from '../../model/connected-account.js';
import { isCurrency } from '../../model/currencies.js';
import { type Failure, notImplemented } from '../../model/failure.js';
import type { AccountRecord } from '../../state/money-records.js';
import { type RouteAnswer, showing } from '../answer.js';
import { listing, readList } from '../list-query.js';
import type { Reader } from '../reader.js';
import { type Route, route } from '../route.js';

const NOT_BUILT = [
  'account_token',
  'company',
  'documents',
  'external_account',
  'groups',
  'individual',
  'risk_controls',
  'settings',
];

// What an account tells of itself: anybody is who they say they are, so nothing depends on it.
const TOLD = ['business_profile', 'business_type', 'tos_acceptance'];

function readRequested(params: Reader): AccountFields['requested'] {
  const capabilities = params.inside('capabilities');
  const requested: { -readonly [name in CapabilityName]?: boolean } = {};
  for (const name of CAPABILITIES) {
    const wish = capabilities.inside(name).boolean('requested');
    if (wish !== undefined) requested[name] = wish;
  }
  return requested;
}

function readFields(params: Reader): AccountFields {
  params.notBuilt(...NOT_BUILT);
  params.ignore(...TOLD);
  const currency = params.text('default_currency')?.toLowerCase();
  if (currency !== undefined && !isCurrency(currency)) {
    params.refuse(`Invalid currency: ${currency}.`, 'default_currency');
  }
  return {
    email: params.clearable('email', { max: 800 }),
    defaultCurrency: currency,
    metadata: params.metadata(),
    requested: readRequested(params),
  };
}

function readCountry(params: Reader): string {
  const country = params.text('country') ?? 'US';
  if (!/^[A-Z]{2}$/.test(country)) {
    const message = `Country '${country}' is unknown. Try using a 2-character alphanumeric country code instead, such as 'US', 'EG', or 'GB'.`;
    params.refuse(message, 'country', 'country_code_invalid');
  }
  return country;
}

function readNew(params: Reader) {
  const type = params.oneOf('type', ['custom', 'express', 'standard']);
  // Who pays fees and answers for losses changes nothing here.
  params.ignore('controller');
  if (type !== undefined && params.has('controller')) {
    params.refuse('You may only specify one of these parameters: type, controller.', 'type');
  }
  const kind = type ?? (params.has('controller') ? ('none' as const) : ('standard' as const));
  return { type: kind, country: readCountry(params), fields: readFields(params) };
}

function readUrl(params: Reader, name: string): string | null {
  const url = params.text(name);
  if (url === undefined) return null;
  if (!URL.canParse(url) || !/^https?:/.test(url)) {
    params.refuse('Not a valid URL', name, 'url_invalid');
  }
  return url;
}

function capabilityOf(name: string): Result<CapabilityName, Failure> {
  const known = CAPABILITIES.find((each) => each === name);
  return known === undefined ? err(notImplemented(`the capability ${name}`)) : ok(known);
}

const PATH = '/v1/accounts';
const answers = 'account';
const shown = (account: AccountRecord): RouteAnswer => showing('account', account);

export const connectedAccountRoutes: readonly Route[] = [
  route('POST', PATH, {
    answers,
    read: readNew,
    run: (world, { type, country, fields }) =>
      accountWith({ ...blankAccount(world), type, country }, fields).map((record) => {
        world.store.put('account', record);
        return shown(record);
      }),
  }),
  route('GET', PATH, {
    answers: { listOf: 'account' },
    read: readList,
    run: (world, params) =>
      listing(world, 'account', { params, url: PATH, keep: ({ closed }) => !closed }),
  }),
  route('GET', `${PATH}/:account`, {
    answers,
    read: () => ({}),
    run: (world, _params, { account: id = '' }) =>
      id === ACCOUNT_ID ? ok({ type: 'raw', body: ACCOUNT }) : openAccount(world, id).map(shown),
  }),
  route('POST', `${PATH}/:account`, {
    answers,
    read: readFields,
    run: (world, fields, { account: id = '' }) =>
      openAccount(world, id)
        .andThen((account) => accountWith(account, fields))
        .map((record) => shown(changeAccount(world, record, {}))),
  }),
  route('DELETE', `${PATH}/:account`, {
    read: () => ({}),
    run: (world, _params, { account: id = '' }) =>
      openAccount(world, id).map((account) => shown(closeAccount(world, account))),
  }),
  route('GET', `${PATH}/:account/capabilities/:capability`, {
    read: () => ({}),
    run: (world, _params, { account: id = '', capability = '' }) =>
      openAccount(world, id).andThen((account) =>
        capabilityOf(capability).map((name) => ({
          type: 'raw' as const,
          body: renderCapability(account, name),
        })),
      ),
  }),
  route('POST', `${PATH}/:account/capabilities/:capability`, {
    read: (params) => params.boolean('requested'),
    run: (world, wish, { account: id = '', capability = '' }) =>
      openAccount(world, id).andThen((account) =>
        capabilityOf(capability).andThen((name) => {
          const requested = wish === undefined ? {} : { [name]: wish };
          const rest = { email: undefined, defaultCurrency: undefined, metadata: undefined };
          return accountWith(account, { ...rest, requested }).map((record) => ({
            type: 'raw' as const,
            body: renderCapability(changeAccount(world, record, {}), name),
          }));
        }),
      ),
  }),
  route('POST', '/v1/account_links', {
    read: (params) => {
      params.ignore('collect', 'collection_options');
      if (!params.has('type')) params.required('type');
      return {
        type: params.oneOf('type', ['account_onboarding', 'account_update']),
        account: params.required('account'),
        returnUrl: readUrl(params, 'return_url'),
        refreshUrl: readUrl(params, 'refresh_url'),
      };
    },
    run: (world, { account: id, returnUrl, refreshUrl }) =>
      openAccount(world, id).map((account) => {
        const { token, expiresAt } = linkTo(world, account, { returnUrl, refreshUrl });
        const url = `${world.shows.publicUrl}/connect/${id}?token=${token}`;
        const created = world.clock.seconds();
        const body = { object: 'account_link', created, expires_at: expiresAt, url };
        return { type: 'raw' as const, body };
      }),
  }),
];
