import { Router } from 'express';
import { onlyMethods } from '../answers.js';
import { openApiDocument } from '../openapi.js';

/** The description of this API, for people and for code generators. */
export function openApiRoutes(): Router {
  let document: object | undefined;
  const router = Router();
  router
    .route('/openapi.json')
    .get((_request, response) => {
      document ??= openApiDocument();
      response.json(document);
    })
    .all(onlyMethods('GET', 'HEAD'));
  return router;
}
