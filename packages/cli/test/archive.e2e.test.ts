import { mkdtemp, readdir, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it, vi } from 'vitest';
import { ARCHIVED } from '../src/wording/documents.js';
import { openWorld, type World } from './world.js';

// Many programs are started, one after the other.
vi.setConfig({ testTimeout: 90_000 });

let world: World;
const folder = await mkdtemp(join(tmpdir(), 'campusg-pay-archive-'));
beforeAll(async () => {
  world = await openWorld();
});
afterAll(async () => {
  await world.close();
  await rm(folder, { recursive: true, force: true });
});

const WHERE = ['--older-than', '90', '--to', folder];
const WHY = ['--reason', 'end of year', '--operator', 'night-shift', '--yes'];

describe('archive', () => {
  it('tells what may leave, moves it with --apply, and explain says where it went', async () => {
    const payment = await world.hold();
    const ref = { payment: { paymentId: payment.id }, correlationId: 'release' };
    (await world.session.escrow.release({ ...ref, runnerId: 'user_9' }))._unsafeUnwrap();
    // As it would be a year later.
    await world.database.sql(`update payments set created_at = created_at - interval '1 year',
      updated_at = updated_at - interval '1 year'`);

    const untold = await world.run('archive', '--json', ...WHERE);
    expect(ARCHIVED.parse(JSON.parse(untold.stdout)).kept).toMatchObject({ open: 1 });
    // No relay runs here, which would publish them.
    await world.database.sql('delete from outbox');
    const unproven = await world.run('archive', '--json', ...WHERE);
    expect(ARCHIVED.parse(JSON.parse(unproven.stdout))).toMatchObject({
      proven: 0,
      kept: { unproven: 1 },
    });

    await world.database.sql(`insert into reconcile_runs
      (from_at, to_at, older, started_at, finished_at, started_by, progress)
      values ('2000-01-01', now(), true, now(), now(), 'night', '{"transfers": {}, "refunds": {}}')`);
    const dry = await world.run('archive', ...WHERE);
    expect(dry.code).toBe(0);
    expect(dry.stdout).toMatch(/^1 payments are old enough\.\n +1 +may leave/);
    expect(dry.stderr).toMatch(/Nothing was done: --apply does it\./);
    expect(await readdir(folder)).toEqual([]);

    const { code, stdout } = await world.run('archive', '--apply', '--json', ...WHERE, ...WHY);
    expect(code).toBe(0);
    expect(ARCHIVED.parse(JSON.parse(stdout))).toMatchObject({
      outcome: 'done',
      left: { payments: 1, events: 2, operations: 2 },
    });
    const [name = ''] = (await readdir(folder)).filter((one) => one.endsWith('.gz'));
    const explained = await world.run('explain', payment.orderId);
    expect(explained.stdout.replaceAll(/\s+/g, ' ')).toContain(
      `archive the history up to event 2, with its calls and webhooks, was archived in ${join(folder, name)}`,
    );
    const acts = await world.database.sql(
      `select operator, reason, outcome, result from operator_acts where act = 'history.archive'`,
    );
    expect(acts).toMatchObject([
      { operator: 'night-shift', outcome: 'done', result: 'the histories of 1 payments, 2 events' },
    ]);
  });

  it('wants to be told which and where to, and takes no age below what must stay', async () => {
    const nothing = await world.run('archive');
    expect(nothing.code).toBe(1);
    expect(nothing.stderr).toMatch(/^Say which histories may leave and where to/);
    const young = await world.run('archive', '--older-than', '89', '--to', 'drop');
    expect(young.code).toBe(1);
    expect(young.stderr).toMatch(/It must be a whole number of days from 90 to 36500\./);
    const relative = await world.run('archive', '--older-than', '90', '--to', 'here');
    expect(relative.stderr).toMatch(/It must be the absolute path of a folder, or drop\./);
  });
});
