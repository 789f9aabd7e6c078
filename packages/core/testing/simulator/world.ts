import { VIRTUAL_START } from '../clock.js';
import { type MemoryCommands, memoryCommands } from '../commands.js';
import { type MemoryStore, memoryStore } from '../memory.js';
import type { MemoryGateway } from '../memory-gateway.js';
import type { Acknowledged, Asked } from './acknowledged.js';
import { ask, latestOf } from './asking.js';
import { beginWork } from './background.js';
import { callJudge } from './calls.js';
import type { Command } from './given-command.js';
import { type Judge, judgeOf } from './judge.js';
import { type Line, simulatedLine } from './line.js';
import { type Outbox, outboxOf, relay, type Sabotage } from './parts.js';
import type { Plan } from './plan.js';
import type { Random } from './random.js';
import { type BackgroundWork, type Replica, type Surroundings, startReplica } from './replica.js';
import { robberies } from './robbed.js';
import { simulatedStripe } from './stripe.js';
import { simulatedTopic, type Topic } from './topic.js';

/** Everything there is in one run. */
export interface World {
  readonly plan: Plan;
  readonly line: Line;
  readonly store: MemoryStore;
  readonly gateway: MemoryGateway;
  readonly topic: Topic;
  readonly outbox: Outbox & { readonly size: number };
  /** The commands that came as messages. */
  readonly kept: MemoryCommands;
  readonly judge: Judge;
  readonly replicas: Replica[];
  readonly acknowledged: readonly Acknowledged[];
  /** Webhooks that were taken in, by their place in the gateway's list. */
  readonly delivered: ReadonlySet<number>;
  /** What was thrown or answered that must not be. */
  readonly wrong: string[];
  /** Commands that wait for their answer. */
  readonly underWay: number;
  /** Their ids, with what was asked and of whom. */
  unanswered(): readonly string[];
  /** What came back since this was read last, in words. */
  cameBack(): readonly string[];
  give(replica: Replica, command: Command, correlationId: string): void;
  deliver(replica: Replica, index: number): void;
  inBackground(replica: Replica, what: BackgroundWork): void;
  /** One replica hears of an account, in any order, now and then again, or never. */
  tellNews(replica: Replica, random: Random): string | null;
  /** All that hold leases are taken to be gone, although they live; tells how many calls it were. */
  robAll(): number;
  crash(index: number, arrives: () => boolean): void;
}

/** In whose name all leases are taken, so that they can be let go of together. */
const ANYBODY = 1;

export function worldOf(plan: Plan, sabotage: Sabotage = (parts) => parts): World {
  const line = simulatedLine(VIRTUAL_START.getTime());
  const { gateway, befall } = simulatedStripe(line);
  const store = memoryStore();
  const repository = store.repositoryOf(() => ANYBODY);
  const outbox = outboxOf(store);
  const topic = simulatedTopic();
  const kept = memoryCommands(store);
  const given = new Map<string, Asked['do']>();
  const wrong: string[] = [];
  let writer = '';
  const robbed = robberies(store);
  const calls = callJudge(
    (id) => store.payments().find((payment) => payment.id === id),
    robbed.has,
    { intents: gateway.intents, clawback: plan.clawback },
  );
  const around: Surroundings = {
    line,
    outbox,
    kept,
    topic,
    waitMs: plan.waitMs,
    lapse: plan.lapse,
    clawback: plan.clawback,
    parts: sabotage({ ...store, repository, gateway, relay }, { store, gateway }),
    befall,
    onArrival: (by) => {
      writer = by;
    },
    onSend: (call, by) => void wrong.push(...calls.look(call, by, line.now())),
  };
  const lives = new Map<number, number>();
  const start = (index: number): Replica => {
    const life = (lives.get(index) ?? 0) + 1;
    lives.set(index, life);
    return startReplica(`r${index + 1}${life === 1 ? '' : `.${life}`}`, around);
  };
  const replicas = Array.from({ length: plan.replicas }, (_, index) => start(index));
  return {
    plan,
    line,
    store,
    gateway,
    topic,
    outbox,
    kept,
    replicas,
    wrong,
    judge: judgeOf({
      store,
      gateway,
      topic,
      line,
      given,
      robbed,
      kept,
      clawback: plan.clawback,
      lastWriter: () => writer,
    }),
    ...doingsOf({ plan, line, store, given, wrong }, gateway),
    robAll: () => robbed.rob(() => store.letGoOf([ANYBODY], new Date(line.now()))),
    crash: (index, arrives) => {
      const crashed = replicas[index];
      if (crashed !== undefined) line.cut(crashed.life, arrives);
      replicas[index] = start(index);
    },
  };
}

/** What is noted on the way. */
interface Written {
  readonly given: Map<string, Asked['do']>;
  readonly wrong: string[];
}

/** What is set going in replicas, and what comes of it. Nothing comes of what a crash cut off. */
function doingsOf(
  { plan, line, store, given, wrong }: Pick<World, 'plan' | 'line' | 'store'> & Written,
  { webhooks, accountNews }: MemoryGateway,
) {
  const acknowledged: Acknowledged[] = [];
  const delivered = new Set<number>();
  const under = new Map<string, Replica>();
  let back: string[] = [];
  const world = { plan, line, store, acknowledged, wrong };
  const thrown = (what: string) => (error: unknown) => {
    wrong.push(`nothing throws: ${what}: ${error instanceof Error ? error.message : error}`);
  };
  return {
    acknowledged,
    delivered,
    get underWay() {
      for (const [id, { life }] of under) if (!life.alive) under.delete(id);
      return under.size;
    },
    unanswered: () => {
      const alive = [...under].filter(([, { life }]) => life.alive);
      return alive.map(([id, { life }]) => `${id} (${given.get(id) ?? 'a look'}, at ${life.name})`);
    },
    cameBack: () => {
      const said = back;
      back = [];
      return said;
    },
    give: (replica: Replica, command: Command, correlationId: string) => {
      const { asked, message, says } = command;
      under.set(correlationId, replica);
      if (asked !== null) given.set(correlationId, asked.do);
      const over = (heard: string | null) => {
        under.delete(correlationId);
        if (heard !== null) back.push(`${correlationId} ${heard}`);
      };
      const taking =
        plan.messages && message !== null
          ? replica.consumer
              .deliver(message(correlationId, latestOf(store, command.orderId)))
              .then(() => 'is taken in')
          : ask(world, replica, command, correlationId);
      taking.then(over, thrown(says));
    },
    deliver: ({ escrow }: Replica, index: number) => {
      const webhook = webhooks[index];
      if (webhook === undefined) return;
      escrow.report(webhook).then((taken) => {
        if (taken.isOk()) delivered.add(index);
      }, thrown(webhook.event.id));
    },
    inBackground: (replica: Replica, what: BackgroundWork) =>
      beginWork(replica, what, { now: line.now(), thrown }),
    tellNews: ({ escrow, life }: Replica, random: Random) => {
      const news = accountNews.at(-1 - Math.floor(random() * 3));
      if (news === undefined) return null;
      const { event, account } = news;
      // Result ignored: the news may be lost.
      escrow.noteAccount(account).then(undefined, thrown(event.id));
      return `${life.name} is told ${event.id} ${event.type}`;
    },
  };
}
