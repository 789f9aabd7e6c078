import type { ReplyWording } from '@campusg-pay/core';
import { invalidRequest } from './errors.js';
import { problemOf } from './problems.js';

/** Replies to commands over messages tell a refusal as an HTTP answer would. */
export const replyWording: ReplyWording = {
  refusal: (refusal, by) => {
    const { code, description, facts } = problemOf(refusal, by);
    return {
      error: code,
      message: description,
      stripeCode: textOf(facts?.code),
      declineCode: textOf(facts?.declineCode),
      issues: facts?.issues ?? null,
    };
  },
  invalid: (issues) => {
    const { code, description } = invalidRequest(issues);
    return { error: code, message: description };
  },
};

function textOf(value: unknown): string | null {
  return typeof value === 'string' ? value : null;
}
