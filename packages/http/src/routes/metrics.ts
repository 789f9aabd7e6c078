import { Router } from 'express';
import { onlyMethods } from '../answers.js';
import type { ServicePort } from '../service-port.js';

/** What is counted, as Prometheus reads it. Behind the API keys, as it tells how business goes. */
export function metricsRoutes({ exposeMetrics }: Pick<ServicePort, 'exposeMetrics'>): Router {
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
