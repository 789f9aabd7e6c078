export { createApp } from './app.js';
export { type Served, type ServeError, serve } from './http-server.js';
export type {
  AnsweredRequest,
  ApiKey,
  HttpSettings,
  ListeningService,
  ServicePort,
  UserTotals,
} from './service-port.js';
