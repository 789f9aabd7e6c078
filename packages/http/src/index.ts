export { createApp } from './app.js';
export { type Served, type ServeError, serve } from './http-server.js';
