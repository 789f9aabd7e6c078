import { appendFileSync } from 'node:fs';
import type { Announcement, Change, EscrowPorts, Publisher } from '@campusg-pay/core';

/** Where the process can be killed, in the order in which a command passes them. */
export const FAILPOINTS = [
  'before claim',
  'after claim',
  'before call',
  'in call',
  'after call',
  'before finish',
  'after finish',
  'before publish',
  'after publish',
] as const;

export type Failpoint = (typeof FAILPOINTS)[number];

/** The n-th time that the point is passed, counted from 1. */
export interface Kill {
  readonly point: Failpoint;
  readonly nth: number;
}

/** How long Stripe has to carry the call out before we die in it; its answer takes longer. */
export const IN_CALL_MS = 150;

/**
 * Kills this process the hard way when a point is passed. It wraps the ports from outside, so that
 * the service that is tested is the one that is shipped.
 */
export function armed(kill: Kill) {
  let passed = 0;
  const at = (point: Failpoint): void => {
    if (point !== kill.point) return;
    passed += 1;
    if (passed === kill.nth) process.kill(process.pid, 'SIGKILL');
  };
  const decorate = (ports: EscrowPorts): EscrowPorts => {
    const { repository, gateway } = ports;
    return {
      ...ports,
      repository: {
        ...repository,
        claim: async (payment) => {
          at('before claim');
          const claimed = await repository.claim(payment);
          at('after claim');
          return claimed;
        },
        save: async (change, webhook) => {
          const claims = isClaim(change);
          at(claims ? 'before claim' : 'before finish');
          const saved = await repository.save(change, webhook);
          at(claims ? 'after claim' : 'after finish');
          return saved;
        },
      },
      gateway: {
        ...gateway,
        perform: async (call) => {
          at('before call');
          const reply = gateway.perform(call);
          if (kill.point === 'in call') {
            await new Promise((resolve) => setTimeout(resolve, IN_CALL_MS));
            at('in call');
          }
          const answered = await reply;
          at('after call');
          return answered;
        },
      },
    };
  };
  return { at, decorate };
}

/** A release or revert writes its operation down; what Stripe says closes one or brings news. */
function isClaim({ opened, closed, events }: Change): boolean {
  return opened !== null && closed === null && events.length === 0;
}

/** Publishes into a file that outlives the process. */
export function filePublisher(file: string, at: (point: Failpoint) => void): Publisher {
  return {
    publish: async (announcements: readonly Announcement[]) => {
      at('before publish');
      appendFileSync(file, announcements.map((one) => `${JSON.stringify(one)}\n`).join(''));
      at('after publish');
    },
  };
}
