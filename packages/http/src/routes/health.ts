import { type Problem, problemOf } from '@campusg-pay/adapters/contract';
import { type RequestHandler, Router } from 'express';
import { onlyMethods } from '../answers.js';
import { contextOf } from '../request-context.js';
import type { ServicePort } from '../service-port.js';

/** For the log as well: the error itself was told when the consumer ended, or had to wait. */
const NO_CONSUMER: Readonly<Record<ConsumerTrouble, Problem>> = {
  dead: {
    code: 'internal_error',
    description: 'Commands over Kafka are not taken in.',
    cause: 'the command consumer has ended, and could not be begun again yet',
  },
  stuck: {
    code: 'internal_error',
    description: 'Commands over Kafka do not move on.',
    cause: 'the same command has been the next one of its partition for minutes',
  },
};

type ConsumerTrouble = 'dead' | 'stuck';

/** What whoever asks is told of a consumer: no more than where to look. */
const REASONS: Readonly<Record<ConsumerTrouble, string>> = { dead: 'ended', stuck: 'no_progress' };

/** Whoever asks for health gives up soon, and would rather know than wait. */
const DATABASE_DEADLINE_MS = 1000;

/** For the log: whoever asks is told no more than which part it is. */
const NOT_READY = problemOf({
  type: 'DatabaseUnavailable',
  reason: `it failed the health check, or took more than ${DATABASE_DEADLINE_MS} ms`,
});

/**
 * Whether the process lives (`/health/live`), and whether it can do its work (the other two). Kafka
 * being away is no reason to send callers elsewhere; a consumer that has ended or does not move on is,
 * for nobody else may notice that commands are not carried out.
 */
export function healthRoutes(service: Pick<ServicePort, 'ready' | 'commandConsumer'>): Router {
  const ready: RequestHandler = async (_request, response) => {
    const failing = await failingPart(service);
    if (failing === null) response.json({ status: 'healthy' });
    else if (failing === 'database') {
      contextOf(response).problem = NOT_READY;
      response.status(503).json({ status: 'unhealthy', failing });
    } else {
      contextOf(response).problem = NO_CONSUMER[failing];
      const reason = REASONS[failing];
      response.status(503).json({ status: 'unhealthy', failing: 'kafka_consumer', reason });
    }
  };
  const live: RequestHandler = (_request, response) => {
    response.json({ status: 'healthy' });
  };
  const others = onlyMethods('GET', 'HEAD');
  const router = Router();
  router.route('/health').get(ready).all(others);
  router.route('/health/ready').get(ready).all(others);
  router.route('/health/live').get(live).all(others);
  return router;
}

async function failingPart(
  service: Pick<ServicePort, 'ready' | 'commandConsumer'>,
): Promise<'database' | ConsumerTrouble | null> {
  if (!(await isReady(service))) return 'database';
  const consumer = service.commandConsumer();
  return consumer === 'dead' || consumer === 'stuck' ? consumer : null;
}

async function isReady({ ready }: Pick<ServicePort, 'ready'>): Promise<boolean> {
  let timer: NodeJS.Timeout | undefined;
  const tooLate = new Promise<boolean>((resolve) => {
    timer = setTimeout(resolve, DATABASE_DEADLINE_MS, false);
  });
  try {
    return await Promise.race([ready(), tooLate]);
  } catch {
    return false;
  } finally {
    clearTimeout(timer);
  }
}
