import { readFileSync } from 'node:fs';
import {
  authorizeBody as authorizeRequest,
  ERRORS,
  pathId,
  releaseBody,
  revertBody,
  runnerBody,
} from '@campusg-pay/adapters/contract';
import express from 'express';
import { describe, expect, it } from 'vitest';
import { createApp } from '../src/app.js';
import { openApiDocument, WHOLE_API } from '../src/openapi.js';
import { EXAMPLES } from '../src/openapi-examples.js';
import { errorView, SCHEMAS } from '../src/openapi-schemas.js';
import {
  authorizedView,
  foundView,
  processingView,
  releasedView,
  revertedView,
  statusView,
} from '../src/payment-views.js';
import { authorizeBody, openDoor } from './door.js';
import { hosted } from './host-app.js';

interface DescribedBody {
  readonly schema: { readonly $ref: string };
  readonly example?: unknown;
  readonly examples?: Record<string, { readonly value: unknown }>;
}

/** Whatever has a schema of the components, wherever it stands. */
function bodiesOf(part: unknown): DescribedBody[] {
  if (typeof part !== 'object' || part === null) return [];
  const schema: unknown = Reflect.get(part, 'schema');
  if (typeof schema === 'object' && schema !== null && '$ref' in schema)
    return [part as DescribedBody];
  return Object.values(part).flatMap(bodiesOf);
}

/** What patterns are tried with. Lengths are told apart from them. */
const SAMPLES = {
  ids: [
    'a',
    'ä b',
    '👩‍💻',
    ' ',
    '\u00a0\u3000',
    '',
    '\t',
    'a\u0000',
    'a\u202eb',
    'a\ud800',
    'a\u2028',
    '\ufeff',
  ],
  accounts: ['acct_1', 'acct_1R7xF8QR8BO665Mw', 'acct_', 'acct_ä', 'ACCT_1', ' acct_1', 'acct_1_'],
  texts: ['', 'a\tb\r\nc', 'a\u0000', 'a\u0007', 'a\udfff', 'a\u202eb', '👩‍💻'],
  urls: [
    'https://a.example/x?y=%20#z',
    'HTTP://localhost:5173/',
    'https:\\\\a.example',
    'https:///x',
    'x',
  ],
};

const document = JSON.parse(JSON.stringify(openApiDocument(WHOLE_API)));

describe('the description of the API', () => {
  it('is the committed one; after a change run pnpm docs:write', () => {
    const file = new URL('../../../docs/openapi.json', import.meta.url);
    expect(JSON.parse(readFileSync(file, 'utf8'))).toEqual(document);
  });

  it('has the version of the package', () => {
    const file = new URL('../package.json', import.meta.url);
    expect(document.info.version).toBe(JSON.parse(readFileSync(file, 'utf8')).version);
  });

  it('is served, and names where', async () => {
    const door = await openDoor({ config: { compatRoutes: true } });
    const { status, body } = await door.get('/openapi.json');
    expect(status).toBe(200);
    expect(body).toEqual({ ...document, servers: [{ url: door.url }] });
  });

  it('names the address that it was asked for at, a proxy and the path of a host app included', async () => {
    const door = await openDoor();
    const asked = async (base: string, headers = {}) => {
      const answer = await fetch(`${base}/openapi.json`, { headers });
      const { servers } = (await answer.json()) as { servers: object[] };
      return servers;
    };
    const host = express();
    host.use('/pay', createApp(door.runtime));
    const url = `${await hosted(host)}/pay`;
    expect(await asked(url)).toEqual([{ url }]);
    const proxied = { 'x-forwarded-host': 'pay.example', 'x-forwarded-proto': 'https' };
    expect(await asked(url, proxied)).toEqual([{ url }]);
    expect(await asked(door.url, proxied)).toEqual([{ url: door.url }]);
    host.set('trust proxy', true);
    expect(await asked(url, proxied)).toEqual([{ url: 'https://pay.example/pay' }]);
    const odd = { 'x-forwarded-host': 'pay.example/"><script>' };
    expect(await asked(url, odd)).toEqual([{ url: '/pay' }]);
  });

  it('lists the routes of the later platform only where they are served', async () => {
    const door = await openDoor();
    const { body } = await door.get('/openapi.json');
    const paths = Object.keys(body.paths);
    expect(paths.filter((path) => /^\/(payment|history)/.test(path))).toEqual([]);
    const isCompat = (path: string) => /^\/(payment|history)/.test(path);
    expect(paths).toEqual(Object.keys(document.paths).filter((path) => !isCompat(path)));
    const refs = [...JSON.stringify(body).matchAll(/"#\/components\/schemas\/(\w+)"/g)];
    const referred = new Set(refs.map(([, name]) => name));
    expect([...referred].sort()).toEqual(Object.keys(body.components.schemas).sort());
  });

  it('has an example of every request and answer that its schema admits, with no field too many', () => {
    expect(SCHEMAS.Payment.strict().safeParse(EXAMPLES.Payment).error).toBeUndefined();
    let seen = 0;
    for (const [text] of JSON.stringify(document.paths).matchAll(/"\$ref":"#\/comp/g))
      seen += text ? 1 : 0;
    const bodies = bodiesOf(document.paths);
    expect(bodies).toHaveLength(seen);
    for (const { schema, example, examples } of bodies) {
      const name = schema.$ref.split('/').at(-1) as keyof typeof SCHEMAS;
      const all =
        examples === undefined ? [example] : Object.values(examples).map(({ value }) => value);
      expect(all.length).toBeGreaterThan(0);
      for (const one of all)
        expect([name, SCHEMAS[name].strict().safeParse(one).error]).toEqual([name, undefined]);
    }
  });

  it.each([
    ['AuthorizeRequest.customer.clerkUserId', SAMPLES.ids],
    ['AuthorizeRequest.custpaymentId', SAMPLES.ids],
    ['AuthorizeRequest.return_url', SAMPLES.urls],
    ['AuthorizeRequest.order.currency', ['USD', 'usd', 'US', 'USDX', 'u$d', '']],
    ['AuthorizeRequest.order.description', SAMPLES.texts],
    ['AuthorizeRequest.customer.stripeCustomerId', ['cus_1', 'cus_', 'cu_1', 'cus_1 ', 'cus_ä']],
    ['ReleaseRequest.runnerId', SAMPLES.ids],
    ['ReleaseRequest.runnerStripeAccount', SAMPLES.accounts],
    ['RevertRequest.reason', SAMPLES.texts],
    ['RevertRequest.refundId', SAMPLES.ids],
    ['RunnerRequest.stripeAccount', SAMPLES.accounts],
  ])('tells the pattern of %s that is enforced', (where, samples) => {
    const [name = '', ...path] = where.split('.');
    let described = document.components.schemas[name];
    for (const part of path) described = described.properties[part];
    const { pattern } = described.anyOf?.[0] ?? described;
    const bodies = {
      AuthorizeRequest: authorizeRequest,
      ReleaseRequest: releaseBody,
      RevertRequest: revertBody,
      RunnerRequest: runnerBody,
    };
    const schema = bodies[name as keyof typeof bodies];
    for (const sample of samples) {
      let body: unknown = sample;
      for (const part of [...path].reverse()) body = { [part]: body };
      const isRefused = (schema.safeParse(body).error?.issues ?? []).some(
        (issue) => issue.path.join('.') === path.join('.'),
      );
      expect([sample, new RegExp(pattern, 'u').test(sample)]).toEqual([sample, !isRefused]);
    }
  });

  it('tells the pattern of ids in paths and of the Idempotency-Key', () => {
    const { parameters } = document.paths['/api/payment/{order_id}/release'].post;
    const [orderId, key] = parameters.map(
      (one: { schema: { pattern: string } }) => new RegExp(one.schema.pattern, 'u'),
    );
    for (const id of SAMPLES.ids) expect(orderId.test(id)).toBe(pathId.safeParse(id).success);
    for (const [text, isKey] of [
      ['a', true],
      [' ~', true],
      ['', false],
      ['ä', false],
      ['x'.repeat(256), false],
    ] as const) {
      expect(key.test(text)).toBe(isKey);
    }
  });

  it('refers only to what is there, and uses every schema', () => {
    const refs = [...JSON.stringify(document).matchAll(/"#\/components\/schemas\/(\w+)"/g)];
    const referred = new Set(refs.map(([, name]) => name));
    expect([...referred].sort()).toEqual(Object.keys(document.components.schemas).sort());
  });

  it('tells every error code, under its status', () => {
    const told: string[] = [];
    for (const path of Object.values<object>(document.paths)) {
      for (const { responses } of Object.values<{ responses: object }>(path as never)) {
        for (const [status, { description }] of Object.entries<{ description: string }>(
          responses as never,
        )) {
          for (const [, code] of description.matchAll(/^`(\w+)`/gm)) told.push(`${status} ${code}`);
        }
      }
    }
    const all = Object.entries(ERRORS).map(([code, { status }]) => `${status} ${code}`);
    expect([...new Set(told)].sort()).toEqual(
      all.filter((one) => !NOT_ON_A_PATH.includes(one)).sort(),
    );
  });

  it('explains in one sentence why a revert says FAILED', () => {
    const { description } = document.paths['/api/payment/{order_id}/revert'].post;
    expect(description).toMatch(/^[^.]*FAILED[^.]*REVERTED[^.]*\.$/);
  });
});

/** A path that is not described can't tell of itself. */
const NOT_ON_A_PATH = ['404 unknown_route', '405 method_not_allowed'];

describe('the answers', async () => {
  const door = await openDoor();

  it('are as described, and have no field that is not', async () => {
    const authorized = await door.post('/api/payment/o/authorize', authorizeBody(door));
    expect(authorizedView.strict().parse(authorized.body)).toEqual(authorized.body);
    const released = await door.post('/api/payment/o/release', { runnerId: 'r' });
    expect(releasedView.strict().parse(released.body)).toEqual(released.body);
    door.system.gateway.befall('refund', { type: 'answer_lost' });
    const processing = await door.post('/api/payment/o/revert');
    expect(processingView.strict().parse(processing.body)).toEqual(processing.body);
    await door.held('p');
    const reverted = await door.post('/api/payment/p/revert');
    expect(revertedView.strict().parse(reverted.body)).toEqual(reverted.body);
    const found = await door.get('/api/payment/p/status');
    expect(statusView.strict().parse(found.body)).toEqual(found.body);
    const details = await door.get(`/api/payment/${found.body.payment.paymentId}/details`);
    expect(foundView.strict().parse(details.body)).toEqual(details.body);
    const invalid = await door.post('/api/payment/p/authorize', { order: { amount: 1 } });
    expect(errorView.strict().parse(invalid.body)).toEqual(invalid.body);
  });
});
