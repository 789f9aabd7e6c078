import { readFileSync } from 'node:fs';
import { ERRORS } from '@campusg-pay/adapters/contract';
import { describe, expect, it } from 'vitest';
import { openApiDocument } from '../src/openapi.js';
import { errorView } from '../src/openapi-schemas.js';
import {
  authorizedView,
  foundView,
  processingView,
  releasedView,
  revertedView,
} from '../src/payment-views.js';
import { authorizeBody, openDoor } from './door.js';

const document = JSON.parse(JSON.stringify(openApiDocument()));

describe('the description of the API', () => {
  it('is the committed one; after a change run pnpm docs:write', () => {
    const file = new URL('../../../docs/openapi.json', import.meta.url);
    expect(JSON.parse(readFileSync(file, 'utf8'))).toEqual(document);
  });

  it('has the version of the package', () => {
    const file = new URL('../package.json', import.meta.url);
    expect(document.info.version).toBe(JSON.parse(readFileSync(file, 'utf8')).version);
  });

  it('is served', async () => {
    const door = await openDoor();
    const { status, body } = await door.get('/openapi.json');
    expect(status).toBe(200);
    expect(body).toEqual(document);
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
    expect(foundView.strict().parse(found.body)).toEqual(found.body);
    const invalid = await door.post('/api/payment/p/authorize', { order: { amount: 1 } });
    expect(errorView.strict().parse(invalid.body)).toEqual(invalid.body);
  });
});
