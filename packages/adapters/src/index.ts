export {
  type ApiKey,
  type Config,
  type ConfigError,
  configFromEnvironment,
  readConfig,
  type StripeConfig,
} from './config.js';
export type { Runtime } from './runtime.js';
export type { WebhookRefusal } from './stripe/webhook.js';
