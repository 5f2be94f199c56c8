/** What two people have made of the same row: the one who saved first, and the one who would save now. */

import type { Draft } from './entity';

/** A field that somebody has changed. */
export interface Difference {
  name: string;
  before: Draft[string] | undefined;
  theirs: Draft[string] | undefined;
  /** Undefined where it was left as it was. */
  mine: Draft[string] | undefined;
  /** Both have changed it, and not to the same. */
  isContested: boolean;
}

/** Every field that differs, in the order of `names`; `mine` holds what would be saved. */
export function differencesOf(
  names: readonly string[],
  before: Draft,
  theirs: Draft,
  mine: Draft,
): Difference[] {
  return names.flatMap((name) => {
    const [was, is, wanted] = [before[name], theirs[name], mine[name]];
    const haveChanged = was !== is;
    if (!haveChanged && wanted === undefined) return [];
    const isContested = haveChanged && wanted !== undefined && wanted !== is;
    return [{ name, before: was, theirs: is, mine: wanted, isContested }];
  });
}
