import type { Result } from 'neverthrow';
import type { Failure } from '../model/failure.js';
import type { ShortRefunds } from '../state/world.js';
import { isHttpUrl } from '../webhooks/endpoint.js';
import type { SeedAccount } from './account-states.js';
import type { Controls } from './controls.js';
import type { DisputeChange, NewDispute } from './dispute-claim.js';
import { faultProblem } from './fault-check.js';
import type { InjectedFault } from './fault-rules.js';
import { type PayOut, type TopUp, termsProblem } from './funds.js';
import type { RefundEnd } from './refund-end.js';
import type { SeedIntent } from './seed-intents.js';
import type { SeedMoves } from './seed-moves.js';
import {
  FLAG,
  isObject,
  MILLISECONDS,
  oneOf,
  optional,
  type Part,
  type Shape,
  shapeProblem,
} from './shape-check.js';

export interface ControlReply {
  readonly status: number;
  readonly body: unknown;
}

type Body = Readonly<Record<string, unknown>>;
type Control = (controls: Controls, body: Body, id: string) => ControlReply | Promise<ControlReply>;

const LIST: Part = { rule: 'a list', allows: Array.isArray };

function bad(error: string): ControlReply {
  return { status: 400, body: { error } };
}

function done(body: unknown = { ok: true }): ControlReply {
  return { status: 200, body };
}

/** What a control made, or why it made nothing. */
function outcome(result: Result<unknown, Failure>): ControlReply {
  if (result.isOk()) return done(result.value);
  const { status, error } = result.error;
  return { status, body: { error: error.message } };
}

function messageOf(failure: unknown): string {
  return failure instanceof Error ? failure.message : String(failure);
}

/** A control that takes parts in its body; what it throws is the sender's mistake. */
function taking<B>(parts: Shape, run: (controls: Controls, body: B) => ControlReply): Control {
  return (controls, body) => {
    const problem = shapeProblem(body, { of: parts, what: 'the body' });
    if (problem !== undefined) return bad(problem);
    try {
      return run(controls, body as B);
    } catch (wrong) {
      return bad(messageOf(wrong));
    }
  };
}

function addFault(controls: Controls, body: Body): ControlReply {
  const problem = faultProblem(body);
  if (problem !== undefined) return bad(problem);
  controls.faults.add(body as unknown as InjectedFault);
  return done();
}

function setWebhook(controls: Controls, body: Body): ControlReply {
  const { url, secret, connect } = body;
  if (url === null) {
    controls.setEndpoint(null);
    return done();
  }
  if (typeof url !== 'string' || !isHttpUrl(url) || typeof secret !== 'string') {
    return bad(
      'give url (http or https) and secret as text, or url as null to remove the endpoint',
    );
  }
  if (connect === undefined) {
    controls.setEndpoint({ url, secret });
    return done();
  }
  const part = isObject(connect) ? connect : {};
  if (typeof part.url !== 'string' || !isHttpUrl(part.url) || typeof part.secret !== 'string') {
    return bad('give url (http or https) and secret inside connect as text');
  }
  controls.setEndpoint({ url, secret, connect: { url: part.url, secret: part.secret } });
  return done();
}

async function settled(controls: Controls, body: Body): Promise<ControlReply> {
  const problem = shapeProblem(body, {
    of: { timeoutMs: optional(MILLISECONDS) },
    what: 'the body',
  });
  if (problem !== undefined) return bad(problem);
  try {
    await controls.settled(body.timeoutMs as number | undefined);
    return done();
  } catch (late) {
    return { status: 504, body: { error: messageOf(late) } };
  }
}

function time(controls: Controls): { readonly now: string } {
  return { now: controls.now().toISOString() };
}

const CONTROLS: Readonly<Record<string, Control>> = {
  'GET /health': (controls) => done({ status: 'healthy', ...time(controls) }),
  'GET /ledger': (controls) => done(controls.ledger()),
  'GET /counts': (controls) => done(controls.counts()),
  'GET /clock': (controls) => done(time(controls)),
  'POST /clock/advance': taking<{ ms: number }>({ ms: MILLISECONDS }, (controls, { ms }) => {
    controls.advance(ms);
    return done(time(controls));
  }),
  'GET /faults': (controls) => done(controls.faults.list()),
  'POST /faults': addFault,
  'DELETE /faults': (controls) => {
    controls.faults.clear();
    return done();
  },
  'PUT /webhook': setWebhook,
  'POST /webhooks/redeliver': taking<{ eventIds?: readonly unknown[] }>(
    { eventIds: optional(LIST) },
    (controls, { eventIds }) => done({ deliveries: controls.redeliver(eventIds?.map(String)) }),
  ),
  'POST /webhooks/settled': settled,
  'POST /seed': taking<{ intents: readonly SeedIntent[] } & SeedMoves>(
    { intents: LIST, transfers: optional(LIST), refunds: optional(LIST) },
    (controls, { intents, transfers = [], refunds = [] }) => {
      controls.seed(intents, { transfers, refunds });
      return done({ seeded: intents.length + transfers.length + refunds.length });
    },
  ),
  'POST /disputes': (controls, body) =>
    outcome(controls.beginDispute(body as unknown as NewDispute)),
  'POST /disputes/:id': (controls, body, id) =>
    outcome(controls.moveDispute(id, body as unknown as DisputeChange)),
  'PUT /refunds': taking<{ later?: boolean; short?: ShortRefunds }>(
    { later: optional(FLAG), short: optional(oneOf('made', 'pending', 'refused')) },
    (controls, { later, short }) => {
      if (later === undefined && short === undefined) return bad('give later, short, or both');
      if (later !== undefined) controls.setRefundsLater(later);
      if (short !== undefined) controls.setShortRefunds(short);
      return done();
    },
  ),
  'POST /refunds/:id': (controls, body, id) =>
    outcome(controls.endRefund(id, body as unknown as RefundEnd)),
  'POST /accounts': (controls, body) =>
    outcome(controls.seedAccount(body as unknown as SeedAccount)),
  'POST /accounts/:id': (controls, body, id) => outcome(controls.changeAccount(id, body)),
  'POST /funds': (controls, body) => outcome(controls.addFunds(body as unknown as TopUp)),
  'POST /payouts': (controls, body) => outcome(controls.payOut(body as unknown as PayOut)),
  'PUT /terms': (controls, body) => {
    const problem = termsProblem(body);
    if (problem !== undefined) return bad(problem);
    controls.setTerms(body);
    return done();
  },
  'POST /reset': (controls) => {
    controls.reset();
    return done();
  },
  'GET /requests/:id': oneRequest,
};

function oneRequest(controls: Controls, _body: Body, id: string): ControlReply {
  const seen = controls.log.find(id);
  if (seen !== undefined) return done(seen);
  return { status: 404, body: { error: `${id} is not among the latest requests` } };
}

/** Answers `/_sandbox/...` (JSON in, JSON out). */
export async function control(
  controls: Controls,
  { method, path, body }: { method: string; path: string; body: Body },
): Promise<ControlReply> {
  const asked = `${method} ${path.replace(/^\/_sandbox/, '')}`;
  const id = asked.slice(asked.lastIndexOf('/') + 1);
  const anyOfThem = asked.replace(/\/\w+$/, '/:id');
  for (const name of [asked, anyOfThem]) {
    const found = Object.hasOwn(CONTROLS, name) ? CONTROLS[name] : undefined;
    if (found !== undefined) return found(controls, body, id);
  }
  const known = Object.keys(CONTROLS);
  return { status: 404, body: { error: `no such control: ${method} ${path}`, controls: known } };
}
