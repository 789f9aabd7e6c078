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

/** Why the database can't be worked with. */
interface NotReady {
  readonly failing: 'database';
  /** For whoever asks; only what somebody has to set right. */
  readonly reason: string | undefined;
  /** For the log. */
  readonly cause: string;
}

const NO_ANSWER: NotReady = {
  failing: 'database',
  reason: undefined,
  cause: `it failed the health check, or took more than ${DATABASE_DEADLINE_MS} ms`,
};

/** What does not pass by itself, by the fault's reason. */
const TO_SET_RIGHT: Readonly<Record<string, string>> = {
  'read-only': 'The database takes no writes: it is a standby, or set to read only.',
  rights: 'The database user lacks a right on our tables.',
  access: 'The database does not let the service in.',
  unreadable: 'The database writes times in another form than ISO.',
  'statement-pooling': 'The pooler of the database gives a session for one statement only.',
};

/**
 * Whether the process lives (`/health/live`), and whether it can do its work (the other two). Kafka
 * being away is no reason to send callers elsewhere; a consumer that has ended or does not move on is,
 * for nobody else may notice that commands are not carried out.
 */
export function healthRoutes(service: Pick<ServicePort, 'ready' | 'commandConsumer'>): Router {
  const ready: RequestHandler = async (_request, response) => {
    const database = await failingDatabase(service);
    const consumer = service.commandConsumer();
    if (database !== null) {
      const { failing, reason, cause } = database;
      contextOf(response).problem = problemOf({ type: 'DatabaseUnavailable', reason: cause });
      response.status(503).json({ status: 'unhealthy', failing, reason });
    } else if (consumer === 'dead' || consumer === 'stuck') {
      contextOf(response).problem = NO_CONSUMER[consumer];
      const reason = REASONS[consumer];
      response.status(503).json({ status: 'unhealthy', failing: 'kafka_consumer', reason });
    } else response.json({ status: 'healthy' });
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

async function failingDatabase({ ready }: Pick<ServicePort, 'ready'>): Promise<NotReady | null> {
  let timer: NodeJS.Timeout | undefined;
  const tooLate = new Promise<null>((resolve) => {
    timer = setTimeout(resolve, DATABASE_DEADLINE_MS, null);
  });
  try {
    const answer = await Promise.race([ready(), tooLate]);
    if (answer === null) return NO_ANSWER;
    return answer.match(
      () => null,
      ({ reason }) => ({ failing: 'database', reason: TO_SET_RIGHT[reason], cause: reason }),
    );
  } catch {
    return NO_ANSWER;
  } finally {
    clearTimeout(timer);
  }
}
