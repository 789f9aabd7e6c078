import type { Escrow, WebhookReport } from '@campusg-pay/core';
import { VIRTUAL_START } from '../clock.js';
import { type MemoryCommands, memoryCommands } from '../commands.js';
import { CARDS } from '../intents.js';
import type { GatewayTrouble } from '../line.js';
import { type MemoryStore, memoryStore } from '../memory.js';
import { type MemoryGateway, memoryGateway } from '../memory-gateway.js';
import type { Acknowledged, Asked } from './acknowledged.js';
import { ask, latestOf } from './asking.js';
import { callJudge } from './calls.js';
import { type Judge, judgeOf } from './judge.js';
import { type Line, simulatedLine } from './line.js';
import { type Outbox, outboxOf, relay, type Sabotage } from './parts.js';
import type { Fate, Plan } from './plan.js';
import { type BackgroundWork, type Replica, type Surroundings, startReplica } from './replica.js';
import { robberies } from './robbed.js';
import { simulatedTopic, type Topic } from './topic.js';
import type { Command } from './workload.js';

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
  /** All that hold leases are taken to be gone, although they live; tells how many calls it were. */
  robAll(): number;
  crash(index: number, arrives: () => boolean): void;
}

/** In whose name all leases are taken, so that they can be let go of together. */
const ANYBODY = 1;

/** A Stripe customer that callers know by itself, with a card on file. */
export const NAMED_CUSTOMER = 'cus_1';

export function worldOf(plan: Plan, sabotage: Sabotage = (parts) => parts): World {
  const line = simulatedLine(VIRTUAL_START.getTime());
  let befallen: Fate = 'through';
  const gateway = memoryGateway({
    clock: { now: () => new Date(line.now()), sleep: () => Promise.reject(new Error('unused')) },
    trouble: () => troubleOf(befallen),
  });
  gateway.addCustomer({ defaultCard: CARDS.good });
  const store = memoryStore();
  const { customers, runners, inbox } = store;
  const repository = store.repositoryOf(() => ANYBODY);
  const outbox = outboxOf(store);
  const topic = simulatedTopic();
  const kept = memoryCommands(store);
  const given = new Map<string, Asked['do']>();
  const wrong: string[] = [];
  let writer = '';
  const lastWriter = () => writer;
  const robbed = robberies(store);
  const calls = callJudge(
    (id) => store.payments().find((payment) => payment.id === id),
    robbed.has,
  );
  const around: Surroundings = {
    line,
    outbox,
    kept,
    topic,
    waitMs: plan.waitMs,
    lapse: plan.lapse,
    parts: sabotage({ repository, customers, runners, inbox, gateway, relay }, { store, gateway }),
    befall: (fate) => {
      befallen = fate;
    },
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
    judge: judgeOf({ store, gateway, topic, line, given, robbed, kept, lastWriter }),
    ...doingsOf({ plan, line, store, given, wrong }, gateway.webhooks),
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
  webhooks: readonly WebhookReport[],
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
    inBackground: ({ busy, escrow, relay, consumer }: Replica, what: BackgroundWork) => {
      if (busy.has(what)) return;
      busy.add(what);
      const over = () => busy.delete(what);
      if (what === 'relay') return void relay().then(over, thrown(what));
      if (what === 'answer') return void consumer.lookAgain().then(over, thrown(what));
      if (what === 'sweep') {
        return void escrow.sweep({ after: null, limit: 50 }).then(over, thrown(what));
      }
      if (what === 'catchUp') return void pageByPage(escrow, line.now()).then(over, thrown(what));
      if (what === 'compare') {
        const to = new Date(line.now());
        const from = new Date(line.now() - COMPARED_MS);
        return void escrow.compare({ from, to }).then(over, thrown(what));
      }
      escrow.resume(10).then((recovered) => {
        over();
        const bugs = recovered.isOk() ? recovered.value.bugs : [];
        for (const { paymentId, error } of bugs) thrown(`resume of ${paymentId}`)(error);
      }, thrown(what));
    },
  };
}

/** A few holds' lifetimes at most, so that a comparison stays short. */
const COMPARED_MS = 8 * 24 * 3_600_000;

async function pageByPage(escrow: Escrow, now: number): Promise<void> {
  const since = new Date(now - 2 * 24 * 3_600_000);
  for (let after: string | null = null, pages = 0; pages < 5; pages += 1) {
    const page = await escrow.catchUp({ since, after });
    if (page.isErr() || page.value.next === null) return;
    after = page.value.next;
  }
}

function troubleOf(fate: Fate): GatewayTrouble | null {
  switch (fate) {
    case 'remembered':
      return { type: 'remembered', executed: true };
    case 'remembered_undone':
      return { type: 'remembered', executed: false };
    case 'frozen':
      return { type: 'refuse', detail: 'account_frozen' };
    case 'declined':
      return { type: 'decline' };
    case 'challenged':
      return { type: 'require_action' };
    case 'foreign':
      return { type: 'foreign' };
    default:
      return null;
  }
}
