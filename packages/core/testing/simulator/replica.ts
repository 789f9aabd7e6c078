import {
  type Clawback,
  type Clock,
  createEscrow,
  createLookBudget,
  type DatabaseFault,
  type Escrow,
  type EscrowPorts,
  type GatewayCall,
  type GatewayFault,
  type LapsePolicy,
  type PaymentGateway,
  type PaymentRef,
} from '@campusg-pay/core';
import { err, type Result } from 'neverthrow';
import type { MemoryCommands } from '../commands.js';
import { countingIds, INSTALLATION, SETTINGS } from '../system.js';
import type { Life, Line } from './line.js';
import { type Consumer, consumerOf, databaseFault } from './messages.js';
import type { Outbox, Parts } from './parts.js';
import type { Fate } from './plan.js';
import { relayPortsOf } from './relay-ports.js';
import type { Topic } from './topic.js';
import type { View } from './views.js';

/** What a replica does in the background. */
export const BACKGROUND_WORK = [
  'resume',
  'relay',
  'sweep',
  'catchUp',
  'compare',
  'answer',
  'transfers',
] as const;

export type BackgroundWork = (typeof BACKGROUND_WORK)[number];

/** One process of the service: its own use cases and relay over what all of them share. */
export interface Replica {
  readonly life: Life;
  readonly escrow: Escrow;
  /** The use cases as one command sees them. */
  readonly escrowFor: (correlationId: string, view: View) => Escrow;
  readonly consumer: Consumer;
  readonly relay: () => Promise<void>;
  /** What it does in the background, so that it does each once at a time. */
  readonly busy: Set<BackgroundWork>;
}

export interface Surroundings {
  readonly line: Line;
  readonly parts: Parts;
  readonly outbox: Outbox;
  readonly kept: MemoryCommands;
  readonly topic: Topic;
  readonly waitMs: number;
  /** What is done about holds that are about to lapse. */
  readonly lapse: LapsePolicy['action'];
  readonly clawback: Clawback;
  /** Tells the gateway what befalls the call that it is about to get. */
  readonly befall: (fate: Fate) => void;
  /** Told of each exchange with the database as it arrives, and on whose behalf. */
  readonly onArrival: (by: string) => void;
  /** Told of each call that changes something at Stripe, as it is sent. */
  readonly onSend: (call: GatewayCall, by: string) => void;
}

export const LEASE_MS = 30_000;
const LOOKS_PER_SECOND = 20;
const LOOKS_AT_ONCE = 3;

/** Starts a replica. Nothing that it does passes by the scheduler. */
export function startReplica(name: string, around: Surroundings): Replica {
  const { line, parts, waitMs, clawback, lapse: action } = around;
  const life: Life = { name, alive: true };
  const clock: Clock = {
    now: () => new Date(line.now()),
    sleep: (ms) => line.sleep(life, ms),
  };
  const ports: EscrowPorts = {
    ...databasePorts(life, around, name),
    gateway: gatewayPort(life, around),
    clock,
    newId: countingIds(name),
    looks: createLookBudget(clock, LOOKS_PER_SECOND),
    installation: INSTALLATION,
    settings: {
      ...SETTINGS,
      leaseMs: LEASE_MS,
      waitMs,
      clawback,
      looksAtOnce: LOOKS_AT_ONCE,
      lapse: { ...SETTINGS.lapse, action },
    },
  };
  const relayPorts = relayPortsOf(life, around);
  return {
    life,
    escrow: createEscrow(ports),
    escrowFor: (correlationId, view) => {
      const own = databasePorts(life, around, `${name} for ${correlationId}`);
      return createEscrow({ ...ports, ...own, repository: view.of(own.repository) });
    },
    consumer: consumerOf(life, { line, ports, kept: around.kept }),
    relay: () => parts.relay(relayPorts),
    busy: new Set(),
  };
}

function databasePorts(
  life: Life,
  { line, parts, onArrival }: Surroundings,
  by: string,
): Pick<EscrowPorts, 'repository' | 'customers' | 'runners' | 'inbox'> {
  const { repository, customers, runners, inbox } = parts;
  const trip = <Value>(
    method: string,
    subject: string,
    made: () => Promise<Result<Value, DatabaseFault>>,
  ) => {
    const what = `${method} ${subject}`;
    const work = () => {
      onArrival(by);
      return made();
    };
    return line.ask(life, { place: 'database', method, what, work, fault: databaseFault });
  };
  return {
    repository: {
      claim: (payment) => {
        const { orderId, id, operation } = payment;
        const subject = `${orderId} as ${id} under ${operation?.key}`;
        return trip('claim', subject, () => repository.claim(payment));
      },
      save: (change, webhook) => {
        const { payment, expectedRevision, opened, closed, leased } = change;
        const steps = [
          opened === null ? '' : ` opens ${opened.kind} ${opened.key}`,
          closed === null ? '' : ` closes ${closed.key} ${closed.outcome}`,
          leased === null ? '' : ` leases ${leased.key}`,
        ].join('');
        const subject = `${payment.id} ${payment.status} on ${expectedRevision}${steps}`;
        return trip('save', subject, () => repository.save(change, webhook));
      },
      withdraw: (payment) =>
        trip('withdraw', `${payment.id} on ${payment.revision}`, () =>
          repository.withdraw(payment),
        ),
      find: (ref) => trip('find', nameOf(ref), () => repository.find(ref)),
      due: (wanted) => trip('due', `at most ${wanted.limit}`, () => repository.due(wanted)),
      takeOwing: (wanted) =>
        trip('takeOwing', `at most ${wanted.limit}`, () => repository.takeOwing(wanted)),
      findAll: (wanted) =>
        trip('findAll', `${wanted.paymentIntentIds.length}`, () => repository.findAll(wanted)),
      createdWithin: (wanted) =>
        trip('createdWithin', wanted.from.toISOString(), () => repository.createdWithin(wanted)),
      latest: (limit) => trip('latest', `${limit}`, () => repository.latest(limit)),
      dueTransfers: (wanted) =>
        trip('dueTransfers', `at most ${wanted.limit}`, () => repository.dueTransfers(wanted)),
      history: (id) => trip('history', id, () => repository.history(id)),
    },
    customers: {
      reserve: (wanted) => trip('reserve', wanted.customerId, () => customers.reserve(wanted)),
      lookUp: (id) => trip('lookUp', id, () => customers.lookUp(id)),
      renew: (wanted) => trip('renew', wanted.record.customerId, () => customers.renew(wanted)),
      remember: (customer) =>
        trip('remember', customer.customerId, () => customers.remember(customer)),
    },
    runners: {
      find: (id) => trip('findRunner', id, () => runners.find(id)),
      setAccount: (wanted) => trip('setAccount', wanted.runnerId, () => runners.setAccount(wanted)),
      noteAccount: (told) =>
        trip('noteAccount', told.stripeAccount, () => runners.noteAccount(told)),
      transferred: (id) => trip('transferred', id, () => runners.transferred(id)),
    },
    inbox: {
      seen: (id) => trip('seen', id, () => inbox.seen(id)),
      note: (event) => trip('note', event.id, () => inbox.note(event)),
    },
  };
}

function gatewayPort(life: Life, { line, parts, befall, onSend }: Surroundings): PaymentGateway {
  const { gateway } = parts;
  const call = <Value, Said = never>(
    method: string,
    subject: string,
    made: () => Promise<Result<Value, Said | GatewayFault>>,
  ): Promise<Result<Value, Said | GatewayFault>> => {
    const work = (fate: Fate) => {
      befall(fate);
      return made();
    };
    const what = `${method} ${subject}`;
    return line.ask(life, { place: 'stripe', method, what, work, fault: gatewayFault });
  };
  return {
    perform: (wanted) => {
      const { operation, payment } = wanted;
      onSend(wanted, life.name);
      const subject = `${payment.id} under ${operation.key} attempt ${operation.attempts}`;
      return call(operation.kind, subject, () => gateway.perform(wanted));
    },
    retrieve: (id) => call('retrieve', id, () => gateway.retrieve(id)),
    findTransfer: (wanted) =>
      call('findTransfer', wanted.payment.id, () => gateway.findTransfer(wanted)),
    findReversal: (wanted) =>
      call('findReversal', wanted.stripeTransferId, () => gateway.findReversal(wanted)),
    account: (id) => call('account', id, () => gateway.account(id)),
    findIntent: (wanted) => call('findIntent', wanted.payment.id, () => gateway.findIntent(wanted)),
    listIntents: (wanted) =>
      call('listIntents', wanted.from.toISOString(), () => gateway.listIntents(wanted)),
    listTransfers: (wanted) =>
      call('listTransfers', wanted.from.toISOString(), () => gateway.listTransfers(wanted)),
    listRefunds: (wanted) =>
      call('listRefunds', wanted.from.toISOString(), () => gateway.listRefunds(wanted)),
    listMovements: (wanted) =>
      call('listMovements', wanted.from.toISOString(), () => gateway.listMovements(wanted)),
    transfersOf: (payment) => call('transfersOf', payment.id, () => gateway.transfersOf(payment)),
    missedEvents: (wanted) =>
      call('missedEvents', wanted.since.toISOString(), () => gateway.missedEvents(wanted)),
    cancelOrphan: (id) => call('cancelOrphan', id, () => gateway.cancelOrphan(id)),
    defaultPaymentMethod: (id) =>
      call('defaultPaymentMethod', id, () => gateway.defaultPaymentMethod(id)),
    cards: (id) => call('cards', id, () => gateway.cards(id)),
    createCustomer: (wanted) =>
      call('createCustomer', wanted.customerId, () => gateway.createCustomer(wanted)),
    findCustomer: (wanted) =>
      call('findCustomer', wanted.customerId, () => gateway.findCustomer(wanted)),
  };
}

function nameOf(ref: PaymentRef): string {
  if ('orderId' in ref) return ref.orderId;
  return 'paymentId' in ref ? ref.paymentId : ref.paymentIntentId;
}

function gatewayFault(fate: Fate): Result<never, GatewayFault> {
  const executed = fate === 'refused' || fate === 'limited' ? 'no' : 'unknown';
  const retryAfterMs = fate === 'limited' ? 1000 : null;
  const fault = { type: 'GatewayUnavailable', executed, reason: fate, retryAfterMs } as const;
  return err(fate === 'odd' ? { ...fault, unreadable: true } : fault);
}
