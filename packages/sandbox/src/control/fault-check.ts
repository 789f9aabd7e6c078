import { RATE_LIMITED_REASONS, type RequestEffect, type WebhookEffect } from './fault-rules.js';
import {
  FLAG,
  isObject,
  MILLISECONDS,
  oneOf,
  optional,
  type Part,
  type Shape,
  shapeProblem,
  TEXT,
  wholeFrom,
} from './shape-check.js';

/** The parts of each effect besides its `kind`. */
const REQUEST_EFFECTS: Readonly<Record<RequestEffect['kind'], Shape>> = {
  latency: { ms: MILLISECONDS, phase: optional(oneOf('before', 'after')) },
  error500: { executed: FLAG, kept: optional(FLAG) },
  rate_limit: {
    code: optional(oneOf('rate_limit', 'lock_timeout')),
    reason: optional(oneOf(...RATE_LIMITED_REASONS)),
  },
  conflict: {},
  refuse: {
    code: TEXT,
    status: optional({
      rule: '400, 402, 403, 404 or 409',
      allows: (value) => [400, 402, 403, 404, 409].some((each) => each === value),
    }),
    message: optional(TEXT),
    declineCode: optional(TEXT),
  },
  drop: { executed: FLAG },
  truncate: {},
  html502: { executed: FLAG },
};

const WEBHOOK_EFFECTS: Readonly<Record<WebhookEffect['kind'], Shape>> = {
  duplicate: {},
  reorder: { ms: optional(MILLISECONDS) },
  lose: {},
  delay: { ms: MILLISECONDS },
  omit: {},
};

const CHANCE: Part = {
  rule: 'a number from 0 to 1',
  allows: (value) => typeof value === 'number' && value >= 0 && value <= 1,
};

const COUNTING: Shape = {
  nth: optional(wholeFrom(1)),
  times: optional(wholeFrom(1)),
  probability: optional(CHANCE),
  seed: optional(wholeFrom(0)),
};

const REQUEST_RULE: Shape = {
  ...COUNTING,
  method: optional(oneOf('GET', 'POST', 'DELETE')),
  path: optional(TEXT),
};

const WEBHOOK_RULE: Shape = { ...COUNTING, event: TEXT };

/** Says what is wrong with a rule; a misspelled one would never strike and a test would pass. */
export function faultProblem(fault: unknown): string | undefined {
  if (!isObject(fault)) return 'a fault rule is an object';
  const { effect, ...rule } = fault;
  const forEvents = 'event' in rule;
  const effects: Readonly<Record<string, Shape>> = forEvents ? WEBHOOK_EFFECTS : REQUEST_EFFECTS;
  const { kind, ...parts } = isObject(effect) ? effect : {};
  const shape = Object.hasOwn(effects, String(kind)) ? effects[String(kind)] : undefined;
  if (shape === undefined) return `effect.kind must be one of ${Object.keys(effects).join(', ')}`;
  return (
    shapeProblem(rule, { of: forEvents ? WEBHOOK_RULE : REQUEST_RULE, what: 'a fault rule' }) ??
    shapeProblem(parts, { of: shape, what: `the effect ${String(kind)}` })
  );
}
