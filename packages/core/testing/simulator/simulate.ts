import type { Payment } from '@campusg-pay/core';
import { idle } from '../clock.js';
import { untrueInTheEnd } from './acknowledged.js';
import { endAllRefunds } from './outside.js';
import type { Sabotage } from './parts.js';
import type { Plan } from './plan.js';
import { digest, randomOf } from './random.js';
import { BACKGROUND_WORK, type BackgroundWork } from './replica.js';
import { takeStep } from './step.js';
import { type World, worldOf } from './world.js';

/** How a run ended. */
export interface Simulated {
  /** Decisions of the scheduler that were taken; fewer than planned after a violation. */
  readonly steps: number;
  /** Of the whole history, the settling included. */
  readonly hash: string;
  /** What must not be, each beginning with the name of what it breaks; empty when all is well. */
  readonly broken: readonly string[];
  /** The step of the violation; null when it came up while everything settled, or never did. */
  readonly brokenAt: number | null;
  /** What happened, a line each, when asked for. */
  readonly history: readonly string[];
  readonly figures: Figures;
}

export interface Figures {
  readonly payments: number;
  readonly intents: number;
  readonly answers: number;
  readonly published: number;
  /** Of money that went on to runners: transfers, what came back of them, debts, and what pays for those. */
  readonly transfers: number;
  readonly reversals: number;
  readonly debts: number;
  readonly nettings: number;
  /** Refunds that are parts. */
  readonly parts: number;
  readonly virtualHours: number;
}

const JUDGE_ALL_EVERY = 64;

/** Runs a plan: steps at random, then everything settles without troubles, judged all the way. */
export async function simulate(
  plan: Plan,
  { sabotage, tell = false }: { readonly sabotage?: Sabotage; readonly tell?: boolean } = {},
): Promise<Simulated> {
  const world = worldOf(plan, sabotage);
  const { line, judge, store, gateway, topic } = world;
  const startedAt = line.now();
  const hash = digest();
  const history: string[] = [];
  const note = (when: number | 'settling', what: string, shown = true) => {
    const text = `${when} +${line.now() - startedAt} ${what}`;
    hash.add(text);
    if (tell && shown) history.push(text);
  };
  let broken: readonly string[] = [];
  let step = 0;
  for (; step < plan.steps && broken.length === 0; step += 1) {
    if (plan.skipped.has(step)) continue;
    note(step, takeStep(world, randomOf(plan.seed, step), step));
    await idle();
    for (const said of world.cameBack()) note(step, said);
    const found = step % JUDGE_ALL_EVERY === 0 ? judge.all(false) : judge.touched();
    broken = [...world.wrong, ...judge.exchanged(), ...found];
  }
  const brokenAt = broken.length > 0 ? step - 1 : null;
  if (broken.length === 0) broken = await settleDown(world, note.bind(null, 'settling'));
  return {
    steps: step,
    hash: hash.read(),
    broken: [...new Set(broken)],
    brokenAt,
    history,
    figures: {
      payments: store.payments().length,
      intents: gateway.intents().length,
      answers: world.acknowledged.length,
      published: topic.size,
      transfers: gateway.transfers().length,
      reversals: gateway.transfers().flatMap(({ reversals }) => reversals).length,
      debts: store.debts().length,
      nettings: store.nettings().length,
      parts: store.payments().flatMap(partsOf).length,
      virtualHours: (line.now() - startedAt) / 3_600_000,
    },
  };
}

function partsOf(payment: Payment): readonly unknown[] {
  return 'refunds' in payment ? payment.refunds.filter(({ isRest }) => !isRest) : [];
}

type Note = (what: string, shown?: boolean) => void;

const ROUNDS = 60;
/** What could not be finished before rests for an hour and a quarter at most. */
const REST_MS = 76 * 60_000;

/** The faults stop: whatever the service does by itself must bring everything to rest. */
async function settleDown(world: World, note: Note): Promise<readonly string[]> {
  const { judge, line, replicas, store, acknowledged, wrong } = world;
  makeHealthy(world);
  let calmRounds = 0;
  for (let round = 0; round < ROUNDS && calmRounds < 2; round += 1) {
    await runDry(world, note);
    line.advance(REST_MS);
    const before = store.payments();
    for (const replica of replicas) {
      // Comparing and catching up are shared: one replica at a time does them.
      const works =
        replica === replicas[0]
          ? worksOf(world.plan)
          : (['resume', 'relay', 'sweep', 'transfers'] as const);
      for (const work of works) world.inBackground(replica, work);
      await runDry(world, note);
    }
    await lookAround(world, note);
    const found = [...wrong, ...judge.all(false)];
    if (found.length > 0) return found;
    const now = store.payments();
    const still = now.length === before.length && now.every((one, index) => one === before[index]);
    calmRounds = still && isCalm(world) ? calmRounds + 1 : 0;
  }
  return [
    ...wrong,
    ...world.unanswered().map((id) => `every command is answered: ${id} still waits for it`),
    ...judge.all(true),
    ...acknowledged.flatMap((one) => untrueInTheEnd(store, one)),
  ];
}

/** Everything that a runner's account needs is there; nobody tells of that. */
function makeHealthy({ gateway }: World): void {
  for (const { stripeAccount, state } of gateway.accounts())
    if (state === 'unable') gateway.connect.setAccount(stripeAccount, 'able');
}

/** Customers and sweeps ask about what is live; webhooks come where people acted at Stripe. */
async function lookAround(world: World, note: Note): Promise<void> {
  const { plan, gateway, replicas, store, delivered } = world;
  const replica = replicas[0];
  if (replica === undefined) return;
  if (plan.people) {
    endAllRefunds(gateway);
    for (let index = 0; index < gateway.webhooks.length; index += 1) {
      if (delivered.has(index)) continue;
      world.deliver(replica, index);
      await runDry(world, note);
    }
  }
  const orders = new Set(store.payments().map(({ orderId }) => orderId));
  for (const orderId of orders) {
    const give = async () => {
      // Result ignored: in a world of faults a look may fail; what it left is judged at the end.
      await replica.escrow.check({ orderId });
      return null;
    };
    const check = { says: `check ${orderId}`, orderId, asked: null, message: null, give };
    world.give(replica, check, `check-${orderId}`);
    await runDry(world, note);
  }
}

/** Nobody looks again at commands where none comes as a message. */
function worksOf({ messages }: Plan): readonly BackgroundWork[] {
  return messages ? BACKGROUND_WORK : BACKGROUND_WORK.filter((work) => work !== 'answer');
}

function isCalm({ store, outbox, plan, gateway, delivered, underWay, kept }: World): boolean {
  const owed = store.payments().some(({ operation }) => operation !== null);
  const told = !plan.people || delivered.size === gateway.webhooks.length;
  const waits = kept.rows().some(({ state }) => state !== 'answered');
  return !owed && !waits && told && outbox.size === 0 && underWay === 0;
}

/** What changes nothing is not worth telling once the steps are over. */
const LOOKS: readonly string[] = [
  'find',
  'seen',
  'note',
  'takeOwing',
  'due',
  'oldest',
  'findAll',
  'dueTransfers',
  'findRunner',
  'createdWithin',
  'latest',
  'listIntents',
  'missedEvents',
];

/** More than anything needs that comes to an end. */
const MOST_EXCHANGES = 10_000;

/** Lets everything that waits go on, first come first served, time passing for whoever sleeps. */
async function runDry({ line, judge, wrong }: World, note: Note): Promise<void> {
  for (let exchanges = 0; ; exchanges += 1) {
    await idle();
    wrong.push(...judge.exchanged());
    const [first] = [...line.waiting].sort((a, b) => a.dueAt - b.dueAt || a.number - b.number);
    if (first === undefined) return;
    if (exchanges > MOST_EXCHANGES) {
      wrong.push(`nobody waits for ever: ${first.life?.name} still waits for ${first.what}`);
      return;
    }
    line.waiting.splice(line.waiting.indexOf(first), 1);
    line.advance(Math.max(0, first.dueAt - line.now()));
    const shown = first.way === 'there' && !LOOKS.includes(first.method);
    note(`${first.life?.name ?? 'nobody'} ${first.what} ${first.way}`, shown);
    first.go('through');
  }
}
