import type { Controls } from './controls.js';
import type { Fault } from './fault-rules.js';
import type { SeedIntent } from './seed-intents.js';

export interface ControlReply {
  readonly status: number;
  readonly body: unknown;
}

type Body = Readonly<Record<string, unknown>>;

const REQUEST_EFFECTS = [
  'latency',
  'error500',
  'rate_limit',
  'conflict',
  'drop',
  'truncate',
  'html502',
];
const EVENT_EFFECTS = ['duplicate', 'reorder', 'lose', 'delay', 'omit'];

/** Says what is wrong with a rule; a misspelled one would never strike and a test would pass. */
export function faultProblem(fault: unknown): string | undefined {
  if (typeof fault !== 'object' || fault === null) return 'a fault rule is an object';
  const { effect, ...rest } = fault as Body;
  const kind = typeof effect === 'object' && effect !== null ? (effect as Body).kind : undefined;
  const forEvents = 'event' in rest;
  const kinds = forEvents ? EVENT_EFFECTS : REQUEST_EFFECTS;
  if (!kinds.includes(String(kind))) return `effect.kind must be one of ${kinds.join(', ')}`;
  const known = ['nth', 'times', 'probability', 'seed'];
  const names = forEvents ? [...known, 'event'] : [...known, 'method', 'path'];
  const odd = Object.keys(rest).find((name) => !names.includes(name));
  return odd === undefined ? undefined : `unknown part of a fault rule: ${odd}`;
}

function bad(error: string): ControlReply {
  return { status: 400, body: { error } };
}

function done(body: unknown = { ok: true }): ControlReply {
  return { status: 200, body };
}

function addFault(controls: Controls, body: Body): ControlReply {
  const problem = faultProblem(body);
  if (problem !== undefined) return bad(problem);
  controls.faults.add(body as unknown as Fault);
  return done();
}

function setWebhook(controls: Controls, { url, secret }: Body): ControlReply {
  if (url === null) {
    controls.setEndpoint(null);
    return done();
  }
  if (typeof url !== 'string' || !URL.canParse(url) || typeof secret !== 'string') {
    return bad('give url and secret as text, or url as null to remove the endpoint');
  }
  controls.setEndpoint({ url, secret });
  return done();
}

function advance(controls: Controls, { ms }: Body): ControlReply {
  if (typeof ms !== 'number' || !(ms >= 0)) return bad('give ms as a number, 0 or more');
  controls.advance(ms);
  return done({ now: controls.now().toISOString() });
}

function redeliver(controls: Controls, { eventIds }: Body): ControlReply {
  if (eventIds !== undefined && !Array.isArray(eventIds)) return bad('eventIds is a list');
  return done({ deliveries: controls.redeliver(eventIds?.map(String)) });
}

function seed(controls: Controls, { intents }: Body): ControlReply {
  if (!Array.isArray(intents)) return bad('intents is a list');
  try {
    // For tests, by tests: what is no PaymentIntent shows as soon as it is listed.
    controls.seed(intents as SeedIntent[]);
    return done({ seeded: intents.length });
  } catch (wrong) {
    return bad(wrong instanceof Error ? wrong.message : String(wrong));
  }
}

async function settled(controls: Controls, { timeoutMs }: Body): Promise<ControlReply> {
  try {
    await controls.settled(typeof timeoutMs === 'number' ? timeoutMs : undefined);
    return done();
  } catch (late) {
    return { status: 504, body: { error: late instanceof Error ? late.message : String(late) } };
  }
}

/** Answers `/_sandbox/...` (JSON in, JSON out). */
export async function control(
  controls: Controls,
  { method, path, body }: { method: string; path: string; body: Body },
): Promise<ControlReply> {
  const request = /^\/_sandbox\/requests\/(req_\w+)$/.exec(path)?.[1];
  if (request !== undefined) {
    const seen = controls.log.find(request);
    return seen === undefined
      ? { status: 404, body: { error: 'not among the latest' } }
      : done(seen);
  }
  switch (`${method} ${path.replace(/^\/_sandbox/, '')}`) {
    case 'GET /health':
      return done({ status: 'healthy', now: controls.now().toISOString() });
    case 'GET /ledger':
      return done(controls.ledger());
    case 'GET /counts':
      return done(controls.counts());
    case 'GET /clock':
      return done({ now: controls.now().toISOString() });
    case 'POST /clock/advance':
      return advance(controls, body);
    case 'GET /faults':
      return done(controls.faults.list());
    case 'POST /faults':
      return addFault(controls, body);
    case 'DELETE /faults':
      controls.faults.clear();
      return done();
    case 'PUT /webhook':
      return setWebhook(controls, body);
    case 'POST /webhooks/redeliver':
      return redeliver(controls, body);
    case 'POST /webhooks/settled':
      return settled(controls, body);
    case 'POST /seed':
      return seed(controls, body);
    case 'POST /reset':
      controls.reset();
      return done();
    default:
      return { status: 404, body: { error: `no such control: ${method} ${path}` } };
  }
}
