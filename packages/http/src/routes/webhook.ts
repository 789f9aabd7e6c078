import { problemOf, webhookProblem } from '@campusg-pay/adapters/contract';
import express, { type RequestHandler, Router } from 'express';
import { onlyMethods, refuse } from '../answers.js';
import { bytesOf } from '../json-body.js';
import { WEBHOOK_PATHS } from '../request-context.js';
import type { ServicePort } from '../service-port.js';

/**
 * What Stripe tells us. The signature is over the bytes as sent, so they are neither parsed nor
 * unpacked here. Anything but 200 makes Stripe send the event again later.
 */
export function webhookRoutes({
  takeWebhook,
  config,
}: Pick<ServicePort, 'takeWebhook' | 'config'>): Router {
  const readBytes = express.raw({ type: () => true, limit: '1mb', inflate: false });
  const take: RequestHandler = async (request, response) => {
    const signature = request.headers['stripe-signature'];
    const taken = await takeWebhook({
      rawBody: bytesOf(request),
      signature: typeof signature === 'string' ? signature : undefined,
    });
    if (taken.isOk()) {
      response.status(200).end();
      return;
    }
    const { error } = taken;
    const isFault = error.type === 'DatabaseUnavailable' || error.type === 'GatewayUnavailable';
    refuse(response, isFault ? problemOf(error) : webhookProblem(error));
  };
  const router = Router();
  // A route each, so that the log names the one that was called.
  for (const path of config.compatRoutes ? WEBHOOK_PATHS : WEBHOOK_PATHS.slice(0, 1)) {
    router.route(path).post(readBytes, take).all(onlyMethods('POST'));
  }
  return router;
}
