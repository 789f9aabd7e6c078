import { afterAll, beforeAll, describe, expect, it, vi } from 'vitest';
import { ACTED, ENDED, EXPLAINED } from '../src/wording/documents.js';
import { campusgPay, start, until } from './cli.js';
import { atStripe } from './drifting.js';
import { actsOf, movesOf, openWorld, statusOf, type World } from './world.js';

// Many programs are started, one after the other.
vi.setConfig({ testTimeout: 90_000 });

let world: World;
beforeAll(async () => {
  world = await openWorld();
});
afterAll(() => world.close());

const WHY = ['--reason', 'the customer called', '--operator', 'night-shift', '--yes'];

describe('payments reviewed', () => {
  it('ends the search for a person, keeps why and by whom, and moves no money', async () => {
    const payment = await world.hold({ amountMinor: 70_000 });
    atStripe(world, payment, { status: 'succeeded', received: 1_000 });
    const listed = async () => (await world.run('payments', 'list', '--review')).stdout;
    const early = await world.run('payments', 'reviewed', payment.id, ...WHY);
    expect([early.code, early.stderr]).toEqual([2, 'Nobody has to look at this payment.\n']);
    const revert = await world.run('payments', 'revert', payment.id, '--dry-run', ...WHY);
    expect(revert.code).toBe(0);

    const asked = await world.run('payments', 'revert', payment.id, ...WHY);
    expect(asked.code).toBe(2);
    expect(await listed()).toContain('1000 of 70000 minor units were captured outside');
    const looked = ['payments', 'reviewed', payment.orderId, '--json', ...WHY];
    const { code, stdout } = await world.run(...looked);
    expect(code).toBe(0);
    expect(ACTED.parse(JSON.parse(stdout))).toMatchObject({
      outcome: 'done',
      payment: { status: 'RELEASED', review: null },
    });
    expect(await listed()).not.toContain(payment.orderId.slice(0, 12));
    const shown = await world.run('payments', 'show', payment.id);
    expect(shown.stdout).toContain('(somebody has looked)');
    expect((await world.run('explain', payment.id)).stdout).toContain(
      'a person has looked: the customer called',
    );
    expect((await actsOf(world, payment)).at(-1)).toMatchObject({
      act: 'payments.reviewed',
      outcome: 'done',
      result: 'reviewed',
    });
    const again = await world.run(...looked);
    expect(again.code).toBe(2);
    expect(ENDED.parse(JSON.parse(again.stdout)).error.code).toBe('nothing_to_review');
    const back = await world.run('payments', 'revert', payment.id, ...WHY);
    expect(back.stderr).toContain('Stripe refunds 10.00 USD to the customer');
    expect(back.stdout).toContain('is REVERTED, 10.00 USD, refunded.');
  });
});

describe('payments release', () => {
  it('captures, says so, and writes down who did it and why', async () => {
    const payment = await world.hold();
    const release = ['payments', 'release', payment.orderId, '--runner', 'user_9', ...WHY];
    const { code, stdout, stderr } = await world.run(...release);
    expect(code).toBe(0);
    expect(stdout).toBe(`Done: order ${payment.orderId} is RELEASED, 20.98 USD to user_9.\n`);
    expect(stderr).toContain(`Release 20.98 USD of order ${payment.orderId} to user_9`);
    expect(stderr).toContain('Stripe captures 20.98 USD.');
    expect(movesOf(world, payment)).toEqual(['capture']);
    expect(await actsOf(world, payment)).toEqual([
      {
        operator: 'night-shift',
        act: 'payments.release',
        reason: 'the customer called',
        outcome: 'done',
        result: 'the payment is RELEASED',
      },
    ]);
  });

  it('answers with one document for machines', async () => {
    const payment = await world.hold();
    const release = ['payments', 'release', payment.id, '--runner', 'user_9', '--json', ...WHY];
    const { code, stdout } = await world.run(...release);
    expect(code).toBe(0);
    expect(ACTED.parse(JSON.parse(stdout))).toMatchObject({
      outcome: 'done',
      payment: { status: 'RELEASED', runnerId: 'user_9' },
    });
  });

  it('is refused to another runner with 2, and nothing is written down', async () => {
    const payment = await world.hold();
    const releaseTo = (runner: string) =>
      world.run('payments', 'release', payment.orderId, '--runner', runner, ...WHY);
    await releaseTo('user_9');
    const { code, stdout, stderr } = await releaseTo('user_10');
    expect([code, stdout]).toEqual([2, '']);
    expect(stderr).toBe('The payment is RELEASED with another runnerId.\n');
    expect(await actsOf(world, payment)).toHaveLength(1);
  });
});

describe('what is typed', () => {
  const LONG = 'x'.repeat(501);
  it.each([
    ['--runner', ['--runner', '', ...WHY]],
    ['--runner', ['--runner', ' ', ...WHY]],
    ['--runner', ['--runner', 'x'.repeat(201), ...WHY]],
    ['--runner', ['--runner', 'a\u0007', ...WHY]],
    ['--runner', ['--runner', '', '--dry-run']],
    ['--reason', ['--runner', 'user_9', '--reason', '', '--yes']],
    ['--reason', ['--runner', 'user_9', '--reason', LONG, '--yes']],
    ['--reason', ['--runner', 'user_9', '--reason', 'a\u0007', '--yes']],
    ['--reason', ['--runner', 'user_9', '--reason', LONG, '--dry-run']],
    ['--operator', ['--runner', 'user_9', '--reason', 'why', '--yes', '--operator', ' ']],
    ['--operator', ['--runner', 'user_9', '--dry-run', '--operator', '']],
  ])('as %s obeys the rules of HTTP, or nothing is done, with 1 (%#)', async (option, args) => {
    const payment = await world.hold();
    const { code, stdout, stderr } = await world.run('payments', 'release', payment.id, ...args);
    expect([code, stdout]).toEqual([1, '']);
    expect(stderr).toMatch(new RegExp(`^${option} must [^\n]+\\.\n$`));
    expect(movesOf(world, payment)).toEqual([]);
    expect(await actsOf(world, payment)).toEqual([]);
    expect(await statusOf(world, payment)).toBe('AUTHORIZED');
  });

  it('as a reason may have lines and 500 letters of any kind, as over HTTP', async () => {
    const payment = await world.hold();
    const reason = `line\n${'\u{1F6D2}'.repeat(495)}`;
    const { code } = await world.run('payments', 'revert', payment.id, '--yes', '--reason', reason);
    expect(code).toBe(0);
    expect(await actsOf(world, payment)).toMatchObject([{ reason }]);
  });

  it.each([
    [['payments', 'list', '--runner', '']],
    [['payments', 'list', '--customer', ' ']],
    [['payments', 'list', '--order', 'x'.repeat(201)]],
    [['events', 'replay', '--from', '1h', '--order', '']],
  ])('as a filter is an id, or refused with 1 (%#)', async (args) => {
    const { code, stderr } = await world.run(...args);
    expect(code).toBe(1);
    expect(stderr).toMatch(/^--\w+ must be a string of 1 to 200 printable characters\.\n$/);
  });
});

describe('what was captured at Stripe by somebody else', () => {
  it('has no runner, which explain, release and a look at it agree about', async () => {
    // An endpoint where nobody listens.
    world.sandbox.webhooks.setEndpoint({ url: 'http://127.0.0.1:1/', secret: 'whsec_test' });
    const payment = await world.hold();
    const intent = `${world.env.STRIPE_API_BASE}/v1/payment_intents/${payment.paymentIntentId}`;
    const authorization = `Bearer ${world.env.STRIPE_SECRET_KEY}`;
    const captured = await fetch(`${intent}/capture`, {
      method: 'POST',
      headers: { authorization },
    });
    expect(captured.status).toBe(200);
    expect((await world.run('webhooks', 'sync', ...WHY)).code).toBe(0);
    const explain = async () => {
      const { stdout } = await world.run('explain', payment.id, '--json');
      return EXPLAINED.parse(JSON.parse(stdout)).next;
    };
    const release = ['payments', 'release', payment.id, '--runner', 'user_9', ...WHY];

    const marked = await explain();
    const why = /^It was captured without a runner, and a person must look first: captured outside/;
    expect(marked.release).toMatchObject({ allowed: false, says: expect.stringMatching(why) });
    expect(marked.mayHappen.join()).not.toContain('runner_named');
    expect(await world.run(...release)).toMatchObject({
      code: 2,
      stderr: `${marked.release.says}\n`,
    });

    expect((await world.run('payments', 'reviewed', payment.id, ...WHY)).code).toBe(0);
    const looked = await explain();
    expect(looked.release).toMatchObject({
      allowed: true,
      says: 'The runner is named; Stripe is not called.',
    });
    expect(looked.mayHappen.join()).toContain('runner_named');
    expect((await world.run(...release)).stdout).toMatch(/RELEASED, 20\.98 USD to user_9/);
    expect((await explain()).mayHappen.join()).not.toContain('runner_named');
  });
});

describe('--json', () => {
  const refusedAs = async (args: string[], env = world.env) => {
    const { code, stdout, stderr } = await campusgPay([...args, '--json', ...WHY], env);
    const { outcome, error } = ENDED.parse(JSON.parse(stdout));
    expect(stderr).toBe(`${error.message}\n`);
    return [code, outcome, error.code];
  };

  it('prints one document where an act is refused or not possible, beside the line', async () => {
    const payment = await world.hold();
    const release = (runner: string) => ['payments', 'release', payment.id, '--runner', runner];
    expect((await world.run(...release('user_9'), ...WHY)).code).toBe(0);
    const answers: [string[], number, string, string][] = [
      [release('user_10'), 2, 'refused', 'contradicting_repeat'],
      [['payments', 'revert', 'nope'], 2, 'refused', 'payment_not_found'],
      [['approvals', 'approve', '4711'], 2, 'refused', 'no_open_request'],
      [['approvals', 'reject', '4711'], 2, 'refused', 'no_open_request'],
      [['commands', 'parked', 'drop', '4711'], 2, 'refused', 'unknown_message'],
      [['events', 'replay', '--from', '1h', '--order', 'nope'], 2, 'refused', 'unknown_order'],
      [['outbox', 'retry'], 3, 'fault', 'kafka_not_configured'],
    ];
    for (const [args, ...answer] of answers) expect(await refusedAs(args)).toEqual(answer);
    const away = { ...world.env, DATABASE_URL: 'postgres://x:y@127.0.0.1:9/z' };
    expect(await refusedAs(release('user_9'), away)).toEqual([3, 'fault', 'database_unavailable']);
  });
});

describe('payments revert', () => {
  it('lets a hold go, and refunds what was released', async () => {
    const [held, released] = [await world.hold(), await world.hold()];
    await world.run('payments', 'release', released.id, '--runner', 'user_9', ...WHY);
    for (const { id } of [held, released]) {
      expect((await world.run('payments', 'revert', id, ...WHY)).code).toBe(0);
    }
    expect(movesOf(world, held)).toEqual(['cancel']);
    expect([await statusOf(world, held), await statusOf(world, released)]).toEqual([
      'REVERTED',
      'REVERTED',
    ]);
    const { stdout } = await world.run('explain', held.orderId);
    expect(stdout).toMatch(/operator {2}payments\.revert: the customer called {2}\[night-shift\]/);
    expect(stdout).toMatch(/payments\.revert ended done: the payment is REVERTED/);
  });

  it.each([
    [
      'release',
      ['--runner', 'user_9'],
      /^Done before: order \S+ is RELEASED, 20\.98 USD to user_9\.\n$/,
    ],
    ['revert', [], /^Done before: order \S+ is REVERTED, 20\.98 USD, voided\.\n$/],
  ])(
    'says of a %s that it was done before, with 0 and no second record',
    async (verb, more, line) => {
      const payment = await world.hold();
      const act = (...args: string[]) => world.run('payments', verb, payment.id, ...more, ...args);
      expect((await act(...WHY)).stdout).toMatch(/^Done: /);
      const again = await act(...WHY);
      expect([again.code, again.stderr]).toEqual([0, '']);
      expect(again.stdout).toMatch(line);
      const json = await act('--json', ...WHY);
      expect(ACTED.parse(JSON.parse(json.stdout))).toMatchObject({ outcome: 'before' });
      expect(await actsOf(world, payment)).toHaveLength(1);
      expect(movesOf(world, payment)).toHaveLength(1);
    },
  );

  it('only tells what it would do with --dry-run, for people on stdout as well', async () => {
    const payment = await world.hold();
    const plain = await world.run('payments', 'revert', payment.orderId, '--dry-run');
    expect(plain.code).toBe(0);
    expect(plain.stdout).toMatch(/Stripe cancels pi_\w+: the hold of 20\.98 USD is let go/);
    const json = await world.run('payments', 'revert', payment.orderId, '--dry-run', '--json');
    expect(JSON.parse(json.stdout)).toMatchObject({ dryRun: true, call: 'void' });
    expect(movesOf(world, payment)).toEqual([]);
    expect(await actsOf(world, payment)).toEqual([]);
  });

  it.each([
    ['--yes', ['--reason', 'why'], /without a terminal to ask at, add --yes/],
    ['--reason', ['--yes'], /--reason says why/],
    ['an empty --reason', ['--yes', '--reason', ' '], /must not be empty/],
    [
      'a name',
      ['--yes', '--reason', 'why', '--operator', 'a\nb'],
      /--operator has a letter that can't be seen \(U\+000A\)/,
    ],
  ])('does nothing without %s where nobody can be asked, with 1', async (_, options, line) => {
    const payment = await world.hold();
    const { code, stdout, stderr } = await world.run('payments', 'revert', payment.id, ...options);
    expect([code, stdout]).toEqual([1, '']);
    expect(stderr).toMatch(line);
    expect(movesOf(world, payment)).toEqual([]);
    expect(await actsOf(world, payment)).toEqual([]);
  });

  it('does nothing with a key of another account, with 2, and leaves the payment unmarked', async () => {
    const payment = await world.hold();
    const other = await openWorld();
    const { STRIPE_SECRET_KEY, STRIPE_API_BASE } = other.env as Record<string, string>;
    const env = { ...world.env, ...(STRIPE_SECRET_KEY && { STRIPE_SECRET_KEY }) };
    const { code, stderr } = await campusgPay(['payments', 'revert', payment.id, ...WHY], {
      ...env,
      ...(STRIPE_API_BASE && { STRIPE_API_BASE }),
    });
    await other.close();
    expect(code).toBe(2);
    expect(stderr).toMatch(/Stripe does not know pi_\w+: STRIPE_SECRET_KEY is of another account/);
    expect(
      (await world.session.repository.find({ paymentId: payment.id }))._unsafeUnwrap(),
    ).toEqual(payment);
  });

  it('says that Stripe is away, with 3, and the record of the act says so too', async () => {
    const payment = await world.hold();
    const path = '/v1/payment_intents/*/cancel';
    world.sandbox.faults.add({ path, times: 9, effect: { kind: 'rate_limit' } });
    const { code, stderr } = await world.run('payments', 'revert', payment.id, ...WHY);
    world.sandbox.faults.clear();
    expect(code).toBe(3);
    expect(stderr).toContain('Stripe limits our rate');
    expect(await actsOf(world, payment)).toMatchObject([{ outcome: 'fault' }]);
    expect(await statusOf(world, payment)).toBe('AUTHORIZED');
  });
});

describe('Ctrl-C', () => {
  it('lets a call to Stripe that is under way end, and its record too', async () => {
    const payment = await world.hold();
    const slow = { kind: 'latency', ms: 1_000 } as const;
    world.sandbox.faults.add({ path: '/v1/payment_intents/*/cancel', effect: slow });
    const revert = start(['payments', 'revert', payment.id, ...WHY], world.env);
    await until(async () => (await actsOf(world, payment)).length === 1);
    revert.kill('SIGINT');
    const { code, stdout } = await revert.ended;
    expect([code, stdout]).toEqual([0, expect.stringContaining('is REVERTED')]);
    expect(await actsOf(world, payment)).toMatchObject([{ outcome: 'done' }]);
  });

  it('before anything is begun leaves nothing behind, with 130', async () => {
    const payment = await world.hold();
    const slow = { kind: 'latency', ms: 1_500 } as const;
    world.sandbox.faults.add({ method: 'GET', path: '/v1/payment_intents/*', effect: slow });
    const connections = () =>
      world.database.sql(`select from pg_stat_activity
        where datname = current_database() and application_name = 'campusg-pay cli'`);
    const before = (await connections()).length;
    const revert = start(['payments', 'revert', payment.id, ...WHY], world.env);
    // What comes next is to ask Stripe whether it knows the payment.
    await until(async () => (await connections()).length > before);
    revert.kill('SIGINT');
    expect(await revert.ended).toMatchObject({ code: 130, stdout: '' });
    expect(await actsOf(world, payment)).toEqual([]);
    expect(await statusOf(world, payment)).toBe('AUTHORIZED');
  });
});
