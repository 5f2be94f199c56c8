/** What the run prepared, handed on to its workers, which are processes of their own. */

/** What there is. */
export interface Prepared {
  /** The database to copy. */
  template: string;
  /** A bearer token of an admin's, for comparisons with what a page shows. */
  token: string;
}

const VARIABLE = 'E2E_PREPARED';

/** Hands it to the workers, which inherit it. */
export function handOver(prepared: Prepared): void {
  process.env[VARIABLE] = JSON.stringify(prepared);
}

/** What was handed over. */
export function prepared(): Prepared {
  const text = process.env[VARIABLE];
  if (text === undefined) throw new Error('nothing was prepared: tests run by `playwright test` only');
  return JSON.parse(text) as Prepared;
}
