import { type Problem, problemOf, webhookProblem } from '@campusg-pay/adapters/contract';
import express, { type Request, Router } from 'express';
import { onlyMethods, refuse } from '../answers.js';
import { givenBody, MOUNT_FIRST } from '../json-body.js';
import { inPlace, type Places, type Work } from '../load-limit.js';
import { WEBHOOK_PATHS } from '../request-context.js';
import type { ServicePort } from '../service-port.js';

/**
 * What Stripe tells us. The signature is over the bytes as sent, so they are neither parsed nor
 * unpacked here. Anything but 200 makes Stripe send the event again later.
 */
export function webhookRoutes(
  { takeWebhook, config }: Pick<ServicePort, 'takeWebhook' | 'config'>,
  places: Places,
): Router {
  const readBytes = express.raw({ type: () => true, limit: '1mb', inflate: false });
  const take: Work = async (request, response) => {
    const signature = request.headers['stripe-signature'];
    const rawBody = signedBytes(request);
    if (rawBody === null) {
      refuse(response, NO_BYTES);
      return;
    }
    const taken = await takeWebhook({
      rawBody,
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
    router
      .route(path)
      .post(inPlace(places, [readBytes], take))
      .all(onlyMethods('POST'));
  }
  return router;
}

/** The bytes as sent; null where a middleware of the host app has read them and kept none. */
function signedBytes(request: Request): Buffer | null {
  const given = givenBody(request);
  if (given.type === 'bytes') return given.bytes;
  const kept: unknown = Reflect.get(request, 'rawBody');
  if (Buffer.isBuffer(kept)) return kept;
  return typeof kept === 'string' ? Buffer.from(kept) : null;
}

/** Stripe sends it again for three days: nothing is lost if that is long enough to mend it. */
const NO_BYTES: Problem = {
  code: 'body_already_read',
  description:
    'Another middleware has read the body before this app, and Stripe signs its bytes, which are ' +
    `gone. ${MOUNT_FIRST}`,
};
