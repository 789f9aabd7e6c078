import { err } from 'neverthrow';
import { describe, expect, it } from 'vitest';
import { errorView, SCHEMAS } from '../src/openapi-schemas.js';
import { openDoor } from './door.js';

const door = await openDoor();

describe('a runner', () => {
  it('that nobody has told of is not found', async () => {
    const { status, body } = await door.get('/api/runners/nobody');
    expect([status, body.error]).toEqual([404, 'runner_not_found']);
    expect(errorView.strict().parse(body)).toEqual(body);
  });

  it('is told of with an account, which may be changed and taken away', async () => {
    for (const stripeAccount of ['acct_1', 'acct_2', null]) {
      const put = await door.put('/api/runners/runner_1', { stripeAccount });
      expect(put.status).toBe(200);
      expect(put.body).toEqual({
        success: true,
        runner: {
          runnerId: 'runner_1',
          stripeAccount,
          transfersEnabled: false,
          debts: [],
          transferredMinor: [],
        },
      });
      expect(SCHEMAS.Runner.strict().parse(put.body)).toEqual(put.body);
      expect((await door.get('/api/runners/runner_1')).body).toEqual(put.body);
    }
  });

  it.each([
    [{}, 'stripeAccount'],
    [{ stripeAccount: '' }, 'stripeAccount'],
    [{ stripeAccount: 'cus_1' }, 'stripeAccount'],
    [{ stripeAccount: ['acct_1'] }, 'stripeAccount'],
    [{ stripeAccount: 'acct_1', amount: 500 }, 'amount'],
    [[], 'body'],
  ])('is not changed by %j', async (body, field) => {
    const before = door.asked.length;
    const refused = await door.put('/api/runners/runner_2', body);
    expect([refused.status, refused.body.issues]).toMatchObject([400, [{ field }]]);
    expect(door.asked).toHaveLength(before);
  });

  it('has an id that is checked', async () => {
    for (const path of ['/api/runners/%20', `/api/runners/${'x'.repeat(201)}`]) {
      const found = await door.get(path);
      expect([found.status, found.body.issues]).toMatchObject([400, [{ field: 'runner_id' }]]);
      expect((await door.put(path, { stripeAccount: null })).status).toBe(400);
    }
    const { status } = await door.put('/api/runners/r?stripeAccount=acct_1&amount=5', {
      stripeAccount: null,
    });
    expect(status).toBe(400);
  });

  it('takes no other method', async () => {
    const { status, headers } = await door.post('/api/runners/runner_1', {});
    expect([status, headers.get('allow')]).toEqual([405, 'GET, HEAD, PUT']);
  });

  it('is behind the API keys', async () => {
    const apiKeys = [{ name: 'orders', key: 'a-key-of-16-chars' }];
    const closed = await openDoor({ config: { apiKeys } });
    expect((await closed.get('/api/runners/runner_1')).status).toBe(401);
    expect((await closed.put('/api/runners/runner_1', { stripeAccount: null })).status).toBe(401);
  });

  it('can not be told of while the database is away, and may be asked for again', async () => {
    const away = async () =>
      err({ type: 'DatabaseUnavailable' as const, reason: 'connection refused' });
    const without = await openDoor({ escrow: { runner: away, setRunnerAccount: away } });
    for (const asked of [
      await without.get('/api/runners/runner_1'),
      await without.put('/api/runners/runner_1', { stripeAccount: 'acct_1' }),
    ]) {
      expect([asked.status, asked.body.error, asked.body.retryable]).toEqual([
        503,
        'database_unavailable',
        true,
      ]);
    }
  });
});
