import type { Waiting } from './line.js';
import { type Actor, actOutside } from './outside.js';
import type { Fate, Plan, Trouble } from './plan.js';
import { pick, type Random, weighted } from './random.js';
import type { BackgroundWork } from './replica.js';
import { commandFor } from './workload.js';
import type { World } from './world.js';

type Turn =
  | 'exchange'
  | 'command'
  | 'outside'
  | 'webhook'
  | 'clock'
  | 'crash'
  | 'rob'
  | 'news'
  | BackgroundWork;

const TURNS: readonly (readonly [number, Turn])[] = [
  [70, 'exchange'],
  [14, 'command'],
  [3, 'outside'],
  [4, 'webhook'],
  [3, 'resume'],
  [3, 'relay'],
  [1, 'sweep'],
  [0.3, 'catchUp'],
  [0.3, 'compare'],
  [2.4, 'clock'],
  [0.6, 'crash'],
  [0.4, 'rob'],
];

const WITH_MESSAGES: typeof TURNS = [[3, 'answer']];
/** What leads from a hold to a runner and back takes many exchanges, so more of them come before a crash. */
const WITH_MONEY: typeof TURNS = [
  [100, 'exchange'],
  [3, 'transfers'],
  [1, 'news'],
];

function turnsOf({ messages, money }: Plan): typeof TURNS {
  return [...TURNS, ...(messages ? WITH_MESSAGES : []), ...(money ? WITH_MONEY : [])];
}

/** Orders come and go: after so many steps callers turn to the next one. */
const STEPS_AN_ORDER = 150;

/** Takes one decision of the scheduler, and tells it in words. Time goes on a little with each. */
export function takeStep(world: World, random: Random, step: number): string {
  world.line.advance(Math.floor(random() * 50));
  const turn = weighted(random, turnsOf(world.plan));
  return takeTurn(world, random, step, turn) ?? letOneThrough(world, random) ?? 'nothing to do';
}

function takeTurn(world: World, random: Random, step: number, turn: Turn): string | null {
  const { plan, replicas, gateway, delivered } = world;
  const replica = pick(random, replicas);
  const { name } = replica.life;
  switch (turn) {
    case 'exchange':
      return letOneThrough(world, random);
    case 'command': {
      const order = Math.floor(step / STEPS_AN_ORDER) + Math.floor(random() * plan.orders);
      const orderId = `order-${order}`;
      const latest = world.store.payments().findLast((one) => one.orderId === orderId);
      const { money } = plan;
      const command = commandFor(random, { orderId, money, status: latest?.status ?? null });
      if (world.underWay >= plan.clients) return null;
      world.give(replica, command, `c${step}`);
      return `${name} is asked: c${step} ${command.says}`;
    }
    case 'outside':
      return actOutside(random, gateway, actorOf(random, plan));
    case 'webhook': {
      const count = gateway.webhooks.length;
      // Mostly recent ones, in any order, now and then one that was taken in before.
      const index = count - 1 - Math.floor(random() ** 2 * Math.min(count, 12));
      if (index < 0 || (delivered.has(index) && random() < 0.7)) return null;
      world.deliver(replica, index);
      const { event } = gateway.webhooks[index] ?? { event: { id: '', type: '' } };
      return `${name} is told ${event.id} ${event.type}`;
    }
    case 'resume':
    case 'relay':
    case 'sweep':
    case 'catchUp':
    case 'compare':
    case 'answer':
    case 'transfers':
      if (replica.busy.has(turn)) return null;
      world.inBackground(replica, turn);
      return `${name} begins to ${turn}`;
    case 'news':
      return world.tellNews(replica, random);
    case 'clock':
      return jump(world, random);
    case 'rob': {
      if (plan.without.has('rob')) return null;
      // The worst that can come of looking who lives: they do, and work on.
      const calls = world.robAll();
      return calls === 0 ? null : `${calls} calls are let go of for those who work on them`;
    }
    case 'crash': {
      if (plan.without.has('crash')) return null;
      const index = replicas.indexOf(replica);
      world.crash(index, () => random() < 0.5);
      return `${name} crashes`;
    }
  }
}

/** Where people act at Stripe, banks do as well: only their webhooks tell of both. */
function actorOf(random: Random, { people, money, without }: Plan): Actor {
  if (money && random() < 0.4) return 'a runner';
  if (!people || random() >= 0.4) return 'the customer';
  return random() < 0.5 && !without.has('banks') ? 'a bank' : 'somebody at Stripe';
}

/** No exchange takes longer than this: whoever calls gives up long before, and networks forget. */
const LONGEST_EXCHANGE_MS = 10 * 60_000;
const HOUR_MS = 3_600_000;

const JUMPS = {
  'clock:seconds': (random: Random) => 1000 + random() * 30_000,
  'clock:minutes': (random: Random) => 31_000 + random() * 8 * 60_000,
  /** Around the hour in which Stripe forgets keys, around the day on which holds lapse, and others. */
  'clock:days': (random: Random) =>
    pick(random, [1 + random() * 2, 22.9, 23.01, 24.1, 26, 167, 169]) * HOUR_MS,
} as const;

function jump(world: World, random: Random): string | null {
  const { line, plan, replicas } = world;
  const kind = weighted(random, [
    [1, 'clock:seconds'],
    [2, 'clock:minutes'],
    [plan.money ? 0.5 : 1, 'clock:days'],
  ] as const);
  const ms = Math.floor(JUMPS[kind](random));
  if (plan.without.has(kind)) return null;
  const then = line.now() + ms;
  const tooLong = ({ way, since }: Waiting) =>
    way !== 'asleep' && then - since > LONGEST_EXCHANGE_MS;
  const seconds = Math.round(ms / 1000);
  if (!line.waiting.some(tooLong)) {
    line.advance(ms);
    return `${seconds} s pass`;
  }
  // A day passes only while nothing is on its way: either by luck, or because all were down.
  if (kind !== 'clock:days' || plan.without.has('crash')) return null;
  for (const index of replicas.keys()) world.crash(index, () => false);
  line.waiting.splice(0);
  line.advance(ms);
  return `all replicas are down for ${seconds} s`;
}

/** Lets one exchange go on; on its way there something may befall it. */
function letOneThrough({ line, plan }: World, random: Random): string | null {
  const now = line.now();
  const ready = line.waiting.filter(({ dueAt }) => dueAt <= now);
  const one = choose(ready, Math.floor(random() * 2 ** 32));
  if (one === undefined) return null;
  line.waiting.splice(line.waiting.indexOf(one), 1);
  const fate = one.way === 'there' && one.life !== null ? fateOf(one, plan, random) : 'through';
  one.go(fate);
  const who = one.life?.name ?? 'nobody';
  const way = one.way === 'back' ? 'is answered' : fate === 'through' ? '' : fate;
  return `${who} ${one.what} ${way}`;
}

/**
 * One at random, each as likely as any other, and the same one whichever of the others are there:
 * so a history stays alike when steps are left out of it.
 */
function choose(ready: readonly Waiting[], draw: number): Waiting | undefined {
  let best: Waiting | undefined;
  let highest = -1;
  for (const one of ready) {
    const scattered = Math.imul(one.mark ^ draw, 0x9e3779b1);
    const score = Math.imul(scattered ^ (scattered >>> 15), 0x85ebca6b) >>> 0;
    if (score > highest) {
      highest = score;
      best = one;
    }
  }
  return best;
}

const FATES = {
  database: ['refused', 'answer_lost', 'vanished', 'late'],
  log: ['refused', 'answer_lost', 'vanished', 'late'],
  stripe: ['refused', 'limited', 'answer_lost', 'answer_lost', 'vanished', 'late', 'odd'],
  clock: [],
} as const satisfies Record<Waiting['place'], readonly Fate[]>;

const KEYED: readonly Fate[] = ['remembered', 'remembered_undone'];

function fateOf({ place, method }: Waiting, plan: Plan, random: Random): Fate {
  if (place === 'clock' || random() * 100 >= plan.troubled) return 'through';
  const fate = pick<Fate>(random, [
    ...FATES[place],
    ...(place === 'stripe' ? answersTo(method) : []),
  ]);
  const named: Trouble = `${place}:${fate}` as Trouble;
  return plan.without.has(named) ? 'through' : fate;
}

function answersTo(method: string): readonly Fate[] {
  switch (method) {
    case 'authorize':
      return [...KEYED, 'declined', 'challenged', 'frozen', 'foreign'];
    case 'capture':
    case 'void':
    case 'refund':
      return [...KEYED, 'frozen'];
    case 'transfer':
    case 'reversal':
      return [...KEYED, ...KEYED, 'frozen', 'broke', 'broke'];
    case 'createCustomer':
      return KEYED;
    default:
      return [];
  }
}
