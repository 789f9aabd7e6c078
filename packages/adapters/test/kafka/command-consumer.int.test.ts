import { randomUUID } from 'node:crypto';
import { setTimeout as sleep } from 'node:timers/promises';
import { expect, it } from 'vitest';
import { ownPaymentIdOf } from '../../src/contract/payment-id.js';
import { holding } from '../commands/world.js';
import { describeWithKafka, kafkaAt } from '../setup/kafka.js';
import { until } from '../setup/service.js';
import { command, IN_TIME, movesOn, openTopic, parkedIn, send } from './command-topic.js';
import { COMMANDS, encoded, expected } from './fixtures.js';

/** The fixtures with the payment ids that this installation makes of the authorizes. */
function namedFor(id: string): typeof COMMANDS {
  const text = COMMANDS.reduce((all, { message }) => {
    const installation = { id, namedSince: new Date(0) };
    const own = ownPaymentIdOf(installation, 'kafka:commands', message.correlation_id);
    return all.replaceAll(own.formerId ?? 'none', own.id);
  }, JSON.stringify(COMMANDS));
  return JSON.parse(text);
}

/** What becomes of the runner's share, which is sent after the release and taken back after the revert. */
const ANSWERING_NOBODY = ['payment.transfer_sent', 'payment.transfer_reversed'];

describeWithKafka('the messages of the platform', () => {
  it('are each answered as they were always answered, in their order', async () => {
    const at = await openTopic(1);
    at.sandbox().accounts.seed({ id: 'acct_1PgafTB1Vj2Ou4Cz' });
    await at.consume();
    const commands = namedFor((await at.pool.query('select id from installation')).rows[0].id);
    for (const fixture of commands) {
      await send(at, encoded(fixture), { key: fixture.key });
    }
    await until(
      () => at.heard().length,
      (count) => count === commands.length + ANSWERING_NOBODY.length,
      IN_TIME,
    );
    await sleep(300);
    const asked = commands.map(({ message }) => message.correlation_id);
    const isAnswer = (heard: { correlation_id: string }) => asked.includes(heard.correlation_id);
    const answers = at.heard().filter(isAnswer);
    expect(answers.map(({ timestamp: _, ...rest }) => rest)).toEqual(
      commands.flatMap((fixture) => expected(fixture.answers)),
    );
    const others = at.heard().filter((one) => !isAnswer(one));
    expect(others.map(({ type }) => type)).toEqual(ANSWERING_NOBODY);
    await until(at.committed, ([offset]) => offset === commands.length);
  }, 120_000);
});

describeWithKafka('a command that is delivered again and again', () => {
  it('50 times to two consumers at once has one effect and one reply', async () => {
    const at = await openTopic(4);
    await at.consume();
    await at.consume(await at.openAnother());
    const saga = randomUUID();
    const order = `order_${saga}`;
    const value = command('authorize_payment', saga, holding(order));
    const messages = Array.from({ length: 50 }, (_, n) => ({ value, partition: n % 4 }));
    await at.producer.send({ topic: at.topic, acks: -1, messages });
    await until(
      at.committed,
      (offsets) => offsets.reduce((sum, one) => sum + one, 0) === 50,
      IN_TIME,
    );
    const used = at.lines.filter(({ msg }) => msg === 'command');
    expect(new Set(used.map(({ partition }) => partition)).size).toBe(4);
    const heard = await at.answersTo(saga, 1_000);
    expect(heard.map(({ type }) => type)).toEqual(['payment.authorized']);
    const { paymentIntents, requests } = at.sandbox().ledger();
    expect(paymentIntents).toHaveLength(1);
    const holds = requests.filter(({ path }) => path === '/v1/payment_intents');
    expect(holds).toHaveLength(1);
  }, 120_000);

  it('from the beginning, as after a crash before the offset was committed, changes nothing', async () => {
    const at = await openTopic(1);
    const first = await at.consume();
    for (const fixture of COMMANDS) await send(at, encoded(fixture));
    await until(at.committed, ([offset]) => offset === COMMANDS.length, IN_TIME);
    await first.stop();
    await at.allIsSaid();
    const admin = kafkaAt(at.brokers).admin();
    await admin.connect();
    const partitions = [{ partition: 0, offset: '0' }];
    await admin.setOffsets({ groupId: at.groupId, topic: at.topic, partitions });
    await admin.disconnect();
    const before = at.heard().length;
    await at.consume();
    await until(at.committed, ([offset]) => offset === COMMANDS.length, IN_TIME);
    await at.allIsSaid();
    await sleep(500);
    expect(at.heard()).toHaveLength(before);
    expect(await parkedIn(at)).toEqual([]);
  }, 120_000);
});

describeWithKafka('a message that can be neither carried out nor answered', () => {
  const body = (rest: object) => JSON.stringify({ payload: {}, ...rest });
  const UNANSWERABLE: readonly (readonly [string, string | Buffer | null])[] = [
    ['empty', null],
    ['empty', ''],
    ['not_json', 'not JSON'],
    ['not_json', Buffer.from([0xff, 0x00, 0xfe])],
    ['not_json', JSON.stringify('{"type":')],
    ['not_json', `${'['.repeat(40_000)}`],
    ['not_an_object', '[]'],
    ['not_an_object', 'null'],
    ['not_an_object', JSON.stringify(JSON.stringify('twice'))],
    ['no_type', body({ correlation_id: 'c' })],
    ['no_type', body({ correlation_id: 'c', type: 7 })],
    ['no_correlation_id', body({ type: 'release_payment' })],
    ['no_correlation_id', body({ type: 'release_payment', correlation_id: null })],
    ['bad_correlation_id', body({ type: 'release_payment', correlation_id: 7 })],
    ['bad_correlation_id', body({ type: 'release_payment', correlation_id: 'x'.repeat(201) })],
    ['bad_correlation_id', body({ type: 'release_payment', correlation_id: 'a\u0000b' })],
    ['unknown_type', body({ type: 'pay_everybody', correlation_id: 'c' })],
    ['unknown_type', body({ type: 'toString', correlation_id: 'c' })],
    [
      'too_large',
      body({ type: 'release_payment', correlation_id: 'c', more: 'x'.repeat(1_000_000) }),
    ],
  ];

  it('is parked with its reason, and its partition moves on', async () => {
    const at = await openTopic(1);
    await at.consume();
    for (const [, value] of UNANSWERABLE) await send(at, value);
    await movesOn(at);
    const parked = await parkedIn(at);
    expect(parked.map(({ reason }) => reason)).toEqual(UNANSWERABLE.map(([reason]) => reason));
    const large = parked.at(-1);
    expect(large.value_bytes).toBeGreaterThan(1_000_000);
    expect(large.value.length).toBe(100 * 1024);
    expect(await at.committed()).toEqual([UNANSWERABLE.length + 1]);
    // Nothing was said to anybody but to the command that followed.
    expect(at.heard()).toHaveLength(1);
    const { text } = await at.runtime.exposeMetrics();
    expect(text).toContain(`campusg_pay_commands_parked ${UNANSWERABLE.length}\n`);
  }, 120_000);

  it('is kept with key and headers, whatever bytes they are', async () => {
    const at = await openTopic(1);
    await at.consume();
    const headers = { plain: 'a', nul: 'a\0b', broken: Buffer.from([0xff]), many: ['1', '2'] };
    const messages = [{ key: Buffer.from([0, 0xff]), value: 'x', headers }];
    await at.producer.send({ topic: at.topic, acks: -1, messages });
    await movesOn(at);
    const [parked] = await parkedIn(at);
    expect(parked.key).toEqual(Buffer.from([0, 0xff]));
    expect(parked.headers).toEqual({ plain: 'a', nul: 'a\ufffdb', broken: '\ufffd', many: '1,2' });
  }, 120_000);

  it('because its id came with another command is parked, and the first one is answered', async () => {
    const at = await openTopic(1);
    await at.consume();
    const saga = randomUUID();
    await send(at, command('authorize_payment', saga, holding('order_a')));
    await send(at, command('authorize_payment', saga, holding('order_b')));
    await movesOn(at);
    expect(await parkedIn(at)).toMatchObject([{ reason: 'correlation_id_reused' }]);
    expect(await at.answersTo(saga)).toMatchObject([{ payload: { order_id: 'order_a' } }]);
  }, 120_000);
});

describeWithKafka('a payload that breaks the rules', () => {
  const INVALID: readonly (readonly [string, unknown, readonly string[]])[] = [
    ['authorize_payment', undefined, ['order_id', 'body']],
    ['authorize_payment', {}, ['order_id', 'customer.clerkUserId', 'order.amount']],
    ['authorize_payment', holding('x'.repeat(201)), ['order_id']],
    ['release_payment', { payment_id: {}, runner_id: '' }, ['payment_id', 'runner_id']],
    ['revert_payment', { payment_id: 'p', reason: 'x'.repeat(501) }, ['reason']],
  ];

  it('is answered once, naming the fields, and not parked', async () => {
    const at = await openTopic(1);
    await at.consume();
    const sagas = INVALID.map(() => randomUUID());
    for (const [n, [type, payload]] of INVALID.entries()) {
      // Made again by its sender it has another time, and is still the same.
      for (const timestamp of ['2026-11-26T12:00:00Z', '2026-11-26T12:00:05Z']) {
        await send(at, JSON.stringify({ type, correlation_id: sagas[n], timestamp, payload }));
      }
    }
    await movesOn(at);
    for (const [n, [, , fields]] of INVALID.entries()) {
      const heard = await at.answersTo(String(sagas[n]), 0);
      expect(heard).toMatchObject([
        {
          type: 'payment.failed',
          payload: { error: 'invalid_request', issues: fields.map((field) => ({ field })) },
        },
      ]);
    }
    expect(await parkedIn(at)).toEqual([]);
  }, 120_000);

  it.each(['as it is', 'encoded twice'])(
    'is refused where it names an amount twice, %s',
    async (form) => {
      const at = await openTopic(1);
      await at.consume();
      const saga = randomUUID();
      const once = command('authorize_payment', saga, holding('order_twice'));
      const twice = once.replace('"amount":', '"amount":100,"amount":');
      await send(at, form === 'as it is' ? twice : JSON.stringify(twice));
      await movesOn(at);
      expect(await at.answersTo(saga, 0)).toMatchObject([
        {
          type: 'payment.failed',
          payload: { issues: [{ field: 'amount', rule: 'must not be named twice' }] },
        },
      ]);
    },
    120_000,
  );
});
