import type { Runtime } from '@campusg-pay/adapters';
import { problemOf } from '@campusg-pay/adapters/doors';
import { type RequestHandler, Router } from 'express';
import { onlyMethods } from '../answers.js';
import { contextOf } from '../context.js';

/** Whoever asks for health gives up soon, and would rather know than wait. */
const DATABASE_DEADLINE_MS = 1000;

/** For the log: whoever asks is told no more than that it is so. */
const NOT_READY = problemOf({
  type: 'DatabaseUnavailable',
  reason: `it failed the health check, or took more than ${DATABASE_DEADLINE_MS} ms`,
});

/** Whether the process lives (`/health/live`), and whether it can do its work (the other two). */
export function healthRoutes(runtime: Pick<Runtime, 'ready'>): Router {
  const ready: RequestHandler = async (_request, response) => {
    if (await isReady(runtime)) response.json({ status: 'healthy' });
    else {
      contextOf(response).problem = NOT_READY;
      response.status(503).json({ status: 'unhealthy' });
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

async function isReady({ ready }: Pick<Runtime, 'ready'>): Promise<boolean> {
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
