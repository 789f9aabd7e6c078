import { readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import type { Payment } from '@campusg-pay/core';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { endOfSecond } from '../src/commands/reconcile/reconcile-run.js';
import { FINDING, REPAIRED, RUN } from '../src/wording/reconcile-documents.js';
import { campusgPay, newFolder, start, until } from './cli.js';
import { atStripe, foreignIntents, heldElsewhere } from './drifting.js';
import { linesOf, openWorld, type World } from './world.js';

const WHY = ['--reason', 'end of day', '--operator', 'night-shift'];
const HOSTILE = '<img src=x onerror=alert(1)>';

let world: World;
let folder: string;
let captured: Payment;
let canceled: Payment;
let hostile: Payment;
beforeAll(async () => {
  world = await openWorld();
  folder = await newFolder();
  await world.hold();
  captured = await world.hold();
  canceled = await world.hold();
  hostile = await world.hold({ orderId: HOSTILE });
});
afterAll(() => world.close());

describe('reconcile', () => {
  it('ends with 0 where both sides agree', async () => {
    const { code, stdout, stderr } = await world.run('reconcile');
    expect([code, stderr]).toEqual([0, '']);
    expect(stdout).toMatch(/Run 1, .*: \d PaymentIntents and 4 payments in \d+ s/);
    expect(stdout).toContain('Both sides agree.');
  });

  it('says how much it passed over of other installations, and finds nothing in it', async () => {
    const own = await openWorld();
    heldElsewhere(own, await own.hold(), 'pi_elsewhere');
    const { code, stdout } = await own.run('reconcile');
    expect(code).toBe(0);
    expect(stdout).toContain(
      'Of other installations on this account: 1 PaymentIntents and transfers, passed over.',
    );
    const [run] = linesOf(await own.run('reconcile', 'history', '--json'));
    expect(RUN.parse(run)).toMatchObject({ paymentIntents: 2, payments: 1, passedOver: 1 });
    await own.close();
  });

  it.each([
    ['2026-12-31T23:59:59.999Z', '2027-01-01T00:00:00.000Z'],
    ['2026-12-31T23:59:59.000Z', '2027-01-01T00:00:00.000Z'],
    ['2028-02-29T00:00:00.001Z', '2028-02-29T00:00:01.000Z'],
  ])('looks at all of the present second, which at %s is over at %s', (now, end) => {
    expect(endOfSecond(new Date(now)).toISOString()).toBe(end);
  });

  it('says up to which second it has looked, and begins eight days before', async () => {
    const { stdout } = await world.run('reconcile', 'show', '1');
    const [, from, to] = /^Run 1, (\S+) to (\S+) UTC:/m.exec(stdout) ?? [];
    expect(Date.parse(`${to}Z`) - Date.parse(`${from}Z`)).toBe(8 * 86_400_000);
    const [run] = linesOf(await world.run('reconcile', 'history', '--json'));
    expect(RUN.parse(run)).toMatchObject({ from: `${from}.000Z`, to: `${to}.000Z` });
  });

  it('ends with 4 where they do not, and tells each difference', async () => {
    atStripe(world, captured, { status: 'succeeded', received: 2098 });
    atStripe(world, canceled, { status: 'canceled', cancellationReason: 'duplicate' });
    atStripe(world, hostile, { amount: 2099 });
    const { code, stdout } = await world.run('reconcile', '--operator', 'day-shift');
    expect(code).toBe(4);
    expect(stdout).toContain('Findings: 1 critical, 2 serious, 0 minor, 0 notice.');
    expect(stdout).toContain('status_differs');
    for (const { orderId } of [captured, canceled, hostile]) expect(stdout).toContain(orderId);
  });

  it('tells the same in JSON lines', async () => {
    const { code, stdout, stderr } = await world.run('reconcile', 'show', '2', '--json');
    const found = linesOf({ stdout }).map((line) => FINDING.parse(line));
    expect(code).toBe(4);
    expect(stderr).toContain('Findings: 1 critical');
    expect(found.map(({ severity, finding }) => [severity, finding])).toEqual([
      ['critical', 'amount_differs'],
      ['serious', 'status_differs'],
      ['serious', 'status_differs'],
    ]);
    expect(found[0]).toMatchObject({
      atRisk: { major: '20.98', currency: 'USD' },
      record: { orderId: HOSTILE, status: 'AUTHORIZED' },
      stripe: { amountMinor: 2099 },
      repair: { type: 'mark_for_review', givesBack: null },
    });
  });

  it('tells the same in CSV, where nothing from outside is a formula', async () => {
    const formula = await world.hold({ orderId: '=1+1,"x"' });
    atStripe(world, formula, { currency: 'eur' });
    const { code, stdout } = await world.run('reconcile', '--csv');
    const lines = stdout.trimEnd().split('\n');
    expect(code).toBe(4);
    expect(lines[0]).toMatch(/^severity,finding,order_id,payment_id,payment_intent_id,/);
    expect(lines).toHaveLength(5);
    expect(stdout).toContain(`critical,currency_differs,"'=1+1,""x""",${formula.id},`);
  });

  it('writes a page that needs nothing else and runs nothing', async () => {
    const file = join(folder, 'report.html');
    const { code, stderr } = await world.run('reconcile', 'show', '2', '--html', file);
    expect(code).toBe(4);
    expect(stderr).toContain(`The report is in ${file}`);
    const page = await readFile(file, 'utf8');
    expect(page).toContain('&lt;img src=x onerror=alert(1)&gt;');
    expect(page).not.toMatch(/<img|<script|https?:|url\(|@import/);
    expect(page).toContain("default-src 'none'");
    expect(page).toContain(
      '<svg role="img" aria-label="Findings by severity. critical: 1, serious: 2"',
    );
    const unwritable = join(folder, 'no/such/folder.html');
    const refused = await world.run('reconcile', 'show', '2', '--html', unwritable);
    expect([refused.code, refused.stderr]).toEqual([1, expect.stringContaining('ENOENT')]);
  });

  it('makes no run for a report that could not be written', async () => {
    const runs = () => world.database.sql('select from reconcile_runs');
    const before = (await runs()).length;
    for (const path of [join(folder, 'no/such/folder.html'), folder]) {
      const { code, stdout, stderr } = await world.run('reconcile', '--html', path);
      expect([code, stdout]).toEqual([1, '']);
      expect(stderr).toMatch(/^The report can't be written to \S+: E(NOENT|ISDIR)\n$/);
    }
    expect((await runs()).length).toBe(before);
  });

  it('tells what was found also where the report can not be written in the end, with 3', async () => {
    const { code, stdout, stderr } = await world.run(
      'reconcile',
      'show',
      '2',
      '--html',
      '/dev/full',
    );
    expect(code).toBe(3);
    expect(stderr).toBe("The report can't be written to /dev/full: ENOSPC\n");
    expect(stdout).toContain('status_differs');
    expect(stdout).toMatch(/^Run 2, /m);
  });

  it('lists the runs, and tells two of them apart', async () => {
    const history = linesOf(await world.run('reconcile', 'history', '--json')).map((line) =>
      RUN.parse(line),
    );
    expect(history.map(({ runId }) => runId)).toEqual([3, 2, 1]);
    expect(history[1]).toMatchObject({
      startedBy: 'day-shift',
      findings: { critical: 1, serious: 2 },
    });
    const { code, stdout } = await world.run('reconcile', 'diff', '2', '3');
    expect(code).toBe(4);
    expect(stdout).toContain('New in run 3: 1');
    expect(stdout).toContain('Gone since run 2: nothing');
    const back = await world.run('reconcile', 'diff', '3', '2', '--json');
    expect(back.code).toBe(0);
    expect(linesOf(back)).toMatchObject([{ change: 'gone', finding: 'currency_differs' }]);
  });
});

describe('reconcile plan and apply', () => {
  let file: string;
  beforeAll(async () => {
    file = join(folder, 'plan.json');
    const { code, stdout, stderr } = await world.run('reconcile', 'plan', '--run', '2');
    expect(code).toBe(0);
    expect(stderr).toContain('3 repairs of run 2');
    expect(stderr).toContain('gives back to customers: nothing; takes: nothing');
    await writeFile(file, stdout);
  });
  const apply = (...more: string[]) => world.run('reconcile', 'apply', file, ...more);
  const status = async ({ id }: Payment) =>
    (await world.session.repository.find({ paymentId: id }))._unsafeUnwrap()?.status;

  it('tells what it would do, and does nothing without a yes and a reason', async () => {
    const dry = await apply('--dry-run');
    expect([dry.code, dry.stderr]).toEqual([0, '3 would be done.\n']);
    expect(dry.stdout).toContain(
      `would    ${captured.orderId}: another status (status_differs), tell the record (report)`,
    );
    expect((await apply(...WHY)).code).toBe(1);
    expect((await apply('--yes')).code).toBe(1);
    expect(await status(captured)).toBe('AUTHORIZED');
    expect(await world.database.sql('select * from operator_acts')).toEqual([]);
  });

  it('skips what has changed since, does the rest, and has all of it on record', async () => {
    atStripe(world, canceled, { status: 'requires_capture' });
    const { code, stdout } = await apply(...WHY, '--yes', '--json');
    expect(code).toBe(0);
    const outcomes = linesOf({ stdout }).map((line) => REPAIRED.parse(line));
    expect(outcomes.map(({ outcome }) => outcome).sort()).toEqual(['changed', 'done', 'done']);
    expect(await status(captured)).toBe('RELEASED');
    expect(await status(canceled)).toBe('AUTHORIZED');
    const acts = await world.database.sql(
      'select operator, act, reason, outcome from operator_acts where payment_id = $1',
      [captured.id],
    );
    expect(acts).toEqual([
      { operator: 'night-shift', act: 'reconcile.apply', reason: 'end of day', outcome: 'done' },
    ]);
  });

  it('goes on where it was when it is applied again', async () => {
    const { code, stderr } = await apply(...WHY, '--yes');
    expect([code, stderr]).toEqual([
      0,
      expect.stringMatching(/(2 done before, 1 skipped|1 skipped.*2 done before)/s),
    ]);
  });

  it('does not apply what is no plan, or was edited', async () => {
    const text = await readFile(file, 'utf8');
    const edited = join(folder, 'edited.json');
    await writeFile(edited, text.replace('mark_for_review', 'cancel_stray'));
    const changed = await world.run('reconcile', 'apply', edited, ...WHY, '--yes');
    expect([changed.code, changed.stderr]).toEqual([1, expect.stringContaining('was changed')]);
    await writeFile(edited, '{}');
    const none = await world.run('reconcile', 'apply', edited, ...WHY, '--yes');
    expect([none.code, none.stderr]).toEqual([1, expect.stringContaining('is no plan')]);
    const missing = await world.run('reconcile', 'apply', join(folder, 'nowhere.json'), '--yes');
    expect([missing.code, missing.stderr]).toEqual([1, expect.stringContaining('ENOENT')]);
  });
});

describe('a repair that gives back much', () => {
  it('is made only if somebody else than who planned it applies it', async () => {
    const payment = await world.hold({ amountMinor: 9000 });
    await world.session.escrow.revert({
      payment: { paymentId: payment.id },
      reason: null,
      correlationId: 'revert',
    });
    atStripe(world, payment, { status: 'requires_capture' });
    const env = { ...world.env, OPS_APPROVAL_ABOVE: '5000 USD' };
    expect((await campusgPay(['reconcile'], env)).code).toBe(4);
    const plan = await campusgPay(['reconcile', 'plan', '--operator', 'Night-Shift'], env);
    expect(plan.stderr).toContain('gives back to customers: 90.00 USD; takes: nothing');
    const big = join(folder, 'big.json');
    await writeFile(big, plan.stdout);
    const applied = (operator: string) =>
      campusgPay(
        ['reconcile', 'apply', big, '--yes', '--reason', 'stray', '--operator', operator],
        env,
      );
    const held = () =>
      world.sandbox.ledger().paymentIntents.find(({ id }) => id === payment.paymentIntentId)
        ?.status;
    const own = await applied('night-shift');
    expect([own.code, own.stderr]).toEqual([2, expect.stringContaining('somebody else')]);
    expect(held()).toBe('requires_capture');
    expect((await applied('day-shift')).code).toBe(0);
    expect(held()).toBe('canceled');
  });
});

describe('a run that is interrupted', () => {
  it('says how to go on, and then does', async () => {
    foreignIntents(world, 2_000);
    world.sandbox.faults.add({
      method: 'GET',
      path: '/v1/payment_intents',
      times: 1_000,
      effect: { kind: 'latency', ms: 200 },
    });
    const run = start(['reconcile', '--from', '1d', '--to', '2100-01-01'], world.env);
    const [row] = await world.database.sql('select max(id) as id from reconcile_runs');
    const last = Number((row as { id: number }).id);
    await until(async () => {
      const [begun] = await world.database.sql('select max(id) as id from reconcile_runs');
      return Number((begun as { id: number }).id) > last;
    });
    await sleep(800);
    run.kill('SIGINT');
    const { code, stdout, stderr } = await run.ended;
    expect([code, stdout]).toEqual([130, '']);
    expect(stderr).toContain(`Go on with: campusg-pay reconcile --resume ${last + 1}`);
    world.sandbox.faults.clear();
    const resumed = await world.run('reconcile', '--resume');
    expect(resumed.code).toBe(4);
    expect(resumed.stdout).toContain(`Run ${last + 1}, `);
    const { paymentIntents } = world.sandbox.ledger();
    expect(resumed.stdout).toContain(`${paymentIntents.length} PaymentIntents and 6 payments`);
    expect((await world.run('reconcile', '--resume')).code).toBe(2);
  });
});

describe("operators' mistakes", () => {
  it('are told in one line each', async () => {
    const mistakes: [string[], number, RegExp][] = [
      [['--from', '2026-01-02', '--to', '2026-01-01'], 1, /--from is not before --to/],
      [['--from', 'yesterday'], 1, /It must be a day/],
      [['--json', '--csv'], 1, /exclude each other/],
      [['--resume', '--from', '2026-01-01'], 1, /leave out --from and --to/],
      [['--resume', '4711'], 2, /no interrupted run 4711/],
      [['show', '4711'], 2, /no run 4711/],
      [['diff', '1', '4711'], 2, /no run 4711/],
      [['plan', '--run', '4711'], 2, /no run 4711/],
      [['fix'], 1, /needs a terminal/],
    ];
    for (const [args, code, line] of mistakes) {
      const ended = await world.run('reconcile', ...args);
      // Machines are told too.
      const told = args.includes('--json') ? expect.stringContaining('"outcome":"usage"') : '';
      expect([args, ended.code, ended.stdout]).toEqual([args, code, told]);
      expect(ended.stderr).toMatch(line);
    }
  }, 60_000);

  it('are told where a side is away', async () => {
    const nowhere = { ...world.env, STRIPE_API_BASE: 'http://127.0.0.1:9' };
    const noStripe = await campusgPay(['reconcile'], nowhere);
    expect([noStripe.code, noStripe.stderr]).toEqual([3, expect.stringContaining('--resume')]);
    const noDatabase = { ...world.env, DATABASE_URL: 'postgres://x:y@127.0.0.1:9/z' };
    expect((await campusgPay(['reconcile'], noDatabase)).code).toBe(3);
  }, 60_000);
});
