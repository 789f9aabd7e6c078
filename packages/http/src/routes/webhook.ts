import type { Runtime } from '@campusg-pay/adapters';
import { problemOf, webhookProblem } from '@campusg-pay/adapters/doors';
import express, { Router } from 'express';
import { onlyMethods, refuse } from '../answers.js';
import { WEBHOOK_PATH } from '../context.js';

/**
 * What Stripe tells us. The signature is over the bytes as sent, so they are neither parsed nor
 * unpacked here. Anything but 200 makes Stripe send the event again later.
 */
export function webhookRoutes({ takeWebhook }: Pick<Runtime, 'takeWebhook'>): Router {
  const readBytes = express.raw({ type: () => true, limit: '1mb', inflate: false });
  const router = Router();
  router
    .route(WEBHOOK_PATH)
    .post(readBytes, async (request, response) => {
      const body: unknown = request.body;
      const signature = request.headers['stripe-signature'];
      const taken = await takeWebhook({
        rawBody: Buffer.isBuffer(body) ? body : Buffer.alloc(0),
        signature: typeof signature === 'string' ? signature : undefined,
      });
      if (taken.isOk()) {
        response.status(200).end();
        return;
      }
      const { error } = taken;
      const isFault = error.type === 'DatabaseUnavailable' || error.type === 'GatewayUnavailable';
      refuse(response, isFault ? problemOf(error) : webhookProblem(error));
    })
    .all(onlyMethods('POST'));
  return router;
}
