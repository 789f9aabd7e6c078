/** The former major of Express, as hosts still have it; of it, tests use what both have. */
declare module 'express4' {
  export { default } from 'express';
}
