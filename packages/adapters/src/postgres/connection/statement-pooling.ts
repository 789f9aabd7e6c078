/** The pooler in front of the database gives a session for one statement only. */
export class StatementPooling extends Error {
  constructor() {
    super('The connection pooler gives a session for one statement only.');
    this.name = 'StatementPooling';
  }
}
