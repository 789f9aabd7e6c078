import { type Request, Router } from 'express';
import { onlyMethods } from '../answers.js';
import { openApiDocument } from '../openapi.js';
import type { ServicePort } from '../service-port.js';

/** The description of this API, for people and for code generators. */
export function openApiRoutes({ config: { compatRoutes } }: Pick<ServicePort, 'config'>): Router {
  let document: object | undefined;
  const router = Router();
  router
    .route('/openapi.json')
    .get((request, response) => {
      document ??= openApiDocument({ url: '/', compatRoutes });
      response.json({ ...document, servers: [{ url: addressOf(request) }] });
    })
    .all(onlyMethods('GET', 'HEAD'));
  return router;
}

/** Where it was asked for, a proxy's word counting as `trust proxy` says; else relative to that. */
function addressOf({ app, baseUrl, headers, protocol, socket }: Request): string {
  const trusts: (address: string | undefined, hop: number) => boolean = app.get('trust proxy fn');
  const told = headers['x-forwarded-host'];
  const believed = typeof told === 'string' && trusts(socket.remoteAddress, 0);
  const host = believed ? told.split(',')[0]?.trim() : headers.host;
  const isHost = /^([\w.-]+|\[[\da-f:.]+\])(:\d{1,5})?$/i.test(host ?? '');
  return isHost ? `${protocol}://${host}${baseUrl}` : baseUrl || '/';
}
