import type { Payment } from '@campusg-pay/core';
import { afterAll, beforeAll, describe, expect, it, vi } from 'vitest';
import { campusgPay, type Ended, newFolder } from './cli.js';
import { atStripe } from './drifting.js';
import { hasTerminal, inTerminal, type Terminal } from './terminal.js';
import { openWorld, type World } from './world.js';

vi.setConfig({ testTimeout: 120_000, hookTimeout: 120_000 });

/** Whatever commands a terminal, turns text around, hides in it or ends its line, and very long. */
const EVIL = [
  '=cmd ',
  '\u001b]0;owned\u0007',
  '\u001b[97;105mred\u001b[8m',
  '\u009b31m',
  '\r\nDone: order_1 is RELEASED.\n',
  '\u202egnihton\u2066\u061c',
  '\u200bzero\u00adwidth\u3164\u{e0041}\ufeff',
  '\u2028\u2029\b\t',
  'x'.repeat(10_000),
].join('');
/** What ids may be long. */
const EVIL_ID = EVIL.slice(0, 190);

/** Raw, none of it may come out: not even a colour, which only our own texts have. */
const isRaw = (text: string) =>
  ['\u001b]', '\u001b[97', '\u001b[8m', '\u0007', '\b', '\u009b', '\u{e0041}'].some((one) =>
    text.includes(one),
  ) || /\p{Bidi_Control}|[\u200b\u00ad\u3164\ufeff\u2028\u2029]/u.test(text);

/** Nor a line of its own. */
const SPOOF = /^Done: order_1 is RELEASED/m;

let world: World;
let evil: Payment;
let orders: { open: string; review: string };
let approvalId: string;

beforeAll(async () => {
  world = await openWorld();
  const { database, run } = world;
  const sql = (text: string, ...values: unknown[]) => database.sql(text, values);
  evil = await world.hold({ amountMinor: 2500 });
  const ref = { payment: { paymentId: evil.id }, correlationId: EVIL_ID };
  await world.session.escrow.release({ ...ref, runnerId: 'user_9' });
  const found = await world.hold();
  orders = { open: `${EVIL_ID}2`, review: `${EVIL_ID}1` };
  await sql(
    `update payments set order_id = $2, customer_id = $3, runner_id = $3, description = $4, review = $4
     where id = $1`,
    evil.id,
    orders.review,
    EVIL_ID,
    EVIL,
  );
  await sql(
    'update payments set order_id = $2, description = $3 where id = $1',
    found.id,
    orders.open,
    EVIL,
  );
  atStripe(world, found, { status: 'canceled' });
  await sql(
    `insert into approvals (act, payment_id, order_id, details, amount, currency, status, requested_by,
       reason, requested_at)
     values ('payments.revert', $1, $2, '{}', 20.98, 'USD', 'AUTHORIZED', $3, $4, now())`,
    found.id,
    orders.open,
    EVIL_ID,
    EVIL.slice(0, 500),
  );
  const [approval] = await sql('select max(id) as id from approvals');
  approvalId = String(Object(approval).id);
  await sql(
    `insert into operator_acts (operator, act, payment_id, order_id, details, reason, begun_at, ended_at, outcome, result)
     values ($2, 'payments.release', $1, 'o', '{}', $3, now(), now(), 'done', $4)`,
    evil.id,
    EVIL.slice(0, 100),
    EVIL.slice(0, 500),
    EVIL,
  );
  await sql('update operations set detail = $2 where payment_id = $1', evil.id, EVIL);
  await sql(
    `insert into parked_commands (topic, partition, "offset", key, headers, value, value_bytes, reason, parked_at)
     values ($1, 0, 0, $2, $3, $2, 10, $1, now())`,
    EVIL,
    Buffer.from(EVIL.slice(0, 300)),
    JSON.stringify({ [EVIL]: EVIL }),
  );
  await sql('update outbox set order_id = $1', EVIL_ID);
  await run('reconcile', '--operator', 'night');
});
afterAll(() => world.close());

/** Every view, every question and every error that data can get into. */
const VIEWS: readonly (readonly [string, () => readonly string[]])[] = [
  ['payments list', () => ['payments', 'list']],
  ['payments list --review', () => ['payments', 'list', '--review']],
  ['payments show', () => ['payments', 'show', evil.id]],
  [
    'payments release',
    () => ['payments', 'release', `order:${orders.open}`, '--runner', 'x', '--dry-run'],
  ],
  ['payments revert', () => ['payments', 'revert', evil.id, '--dry-run']],
  ['payments reviewed', () => ['payments', 'reviewed', evil.id, '--dry-run']],
  ['explain', () => ['explain', evil.id]],
  ['explain of what reconcile found', () => ['explain', orders.open]],
  ['status', () => ['status']],
  ['approvals list', () => ['approvals', 'list', '--all']],
  [
    'approvals approve',
    () => ['approvals', 'approve', approvalId, '--operator', 'day', '--dry-run'],
  ],
  ['approvals reject', () => ['approvals', 'reject', approvalId, '--operator', 'day', '--dry-run']],
  ['operations list', () => ['operations', 'list']],
  ['outbox list', () => ['outbox', 'list']],
  ['commands parked list', () => ['commands', 'parked', 'list']],
  ['commands parked drop', () => ['commands', 'parked', 'drop', '1', '--dry-run']],
  ['reconcile', () => ['reconcile', '--operator', 'night']],
  ['reconcile show', () => ['reconcile', 'show', '1']],
  ['reconcile show --csv', () => ['reconcile', 'show', '1', '--csv']],
  ['reconcile plan', () => ['reconcile', 'plan', '--operator', 'night']],
  ['reconcile history', () => ['reconcile', 'history']],
  ['reconcile diff', () => ['reconcile', 'diff', '1', '1']],
  ['an unknown payment', () => ['payments', 'show', EVIL]],
  ['an unknown command', () => ['payments', EVIL]],
  ['an unknown option', () => ['payments', 'list', `--${EVIL}`]],
  ['a wrong value', () => ['payments', 'list', '--status', EVIL]],
  ['a wrong runner', () => ['payments', 'release', 'x', '--runner', EVIL]],
  ['a wrong operator', () => ['payments', 'revert', evil.id, '--operator', EVIL]],
  ['a plan that is not there', () => ['reconcile', 'apply', EVIL]],
  ['a report that can not be written', () => ['reconcile', 'show', '1', '--html', `/${EVIL}`]],
  ['a demo elsewhere', () => ['demo', '--url', EVIL]],
];

/** An error of the command line is as long as what was typed. */
const FOR_PROGRAMS = [
  'reconcile show --csv',
  'reconcile plan',
  'an unknown command',
  'an unknown option',
  'a wrong value',
];

function expectHarmless(text: string): void {
  expect(isRaw(text) ? text : '').toBe('');
  expect(text).not.toMatch(SPOOF);
}

const json = (args: readonly string[]) => [...args, '--json'];

describe('hostile text', () => {
  it.each(VIEWS)('never leaves %s raw', async (_, args) => {
    const { stdout, stderr } = await world.run(...args());
    expectHarmless(stdout);
    expectHarmless(stderr);
  });

  it.each(VIEWS)('never leaves %s --json raw, and is all there', async (name, args) => {
    const { stdout, stderr } = await world.run(...json(args()));
    expectHarmless(stdout);
    expectHarmless(stderr);
    if (name === 'payments show') expect(JSON.parse(stdout).payment.description).toBe(EVIL);
  });

  it('never leaves the settings raw', async () => {
    const variables = {
      ...world.env,
      KAFKA_EVENTS_TOPIC: EVIL,
      PORT: EVIL,
    };
    const told: Ended[] = [];
    for (const args of [
      ['config'],
      ['config', '--json'],
      ['doctor'],
      ['payments', 'list'],
      ['serve'],
    ])
      told.push(await campusgPay(args, variables));
    for (const { stdout, stderr } of told) {
      expectHarmless(stderr);
      expectHarmless(stdout);
    }
  });

  it('never gets into a report as markup or a formula', async () => {
    const page = `${await newFolder()}/report.html`;
    await world.run('reconcile', 'show', '1', '--html', page);
    const { readFile } = await import('node:fs/promises');
    expectHarmless(await readFile(page, 'utf8'));
    const { stdout } = await world.run('reconcile', 'show', '1', '--csv');
    for (const cell of stdout.split(/[\n,]/)) expect(cell).not.toMatch(/^"?[=+@-]./);
  });
});

describe.skipIf(!hasTerminal).each([80, 120])(
  'at a terminal %i columns wide, hostile text',
  (columns) => {
    const at = (args: readonly string[], env: Record<string, string> = {}) =>
      inTerminal(args, { env: { ...world.env, ...env }, columns });

    it.each(VIEWS)('never leaves %s raw', async (name, args) => {
      const terminal = await at(args());
      await terminal.ended();
      expectHarmless(await terminal.received());
      // What is for another program to read is not laid out.
      if (!FOR_PROGRAMS.includes(name)) expect(await terminal.isBroken()).toBe(false);
    });

    it.each<[string, () => readonly string[], (asked: Terminal) => Promise<void>]>([
      [
        'release',
        () => ['payments', 'release', orders.open, '--runner', 'x', '--reason', 'y'],
        (asked) => asked.sees(/\? \(y\/N\)/),
      ],
      [
        'reviewed',
        () => ['payments', 'reviewed', evil.id, '--reason', 'y'],
        (asked) => asked.sees(/\? \(y\/N\)/),
      ],
      [
        'approve',
        () => ['approvals', 'approve', approvalId, '--operator', 'day', '--reason', 'y'],
        (asked) => asked.sees(/\? \(y\/N\)/),
      ],
      ['fix', () => ['reconcile', 'fix', '--reason', 'y'], (asked) => asked.sees(/What now\?/)],
    ])('never leaves the question of %s raw', async (_, args, asked) => {
      const terminal = await at(args());
      await asked(terminal);
      expectHarmless(await terminal.received());
      await terminal.press('C-c');
      expect(await terminal.ended()).toBe(130);
    });
  },
);
