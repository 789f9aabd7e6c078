import type { Runtime } from '@campusg-pay/adapters';
import { Router } from 'express';
import { onlyMethods } from '../answers.js';

/** What is counted, as Prometheus reads it. Behind the API keys, as it tells how business goes. */
export function metricsRoutes({ exposeMetrics }: Pick<Runtime, 'exposeMetrics'>): Router {
  const router = Router();
  router
    .route('/metrics')
    .get(async (_request, response) => {
      const { contentType, text } = await exposeMetrics();
      response.type(contentType).send(text);
    })
    .all(onlyMethods('GET', 'HEAD'));
  return router;
}
