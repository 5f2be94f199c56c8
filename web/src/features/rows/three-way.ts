/** What two people have made of the same row: the one who saved first, and the one who would save now. */

import type { Draft } from './entity';

/** A field that somebody has changed. */
export interface Difference {
  name: string;
  before: Draft[string] | undefined;
  /** Undefined where they left it as it was. */
  theirs: Draft[string] | undefined;
  /** Undefined where one would leave it as it was. */
  mine: Draft[string] | undefined;
  /** Both have changed it, and not to the same. */
  isContested: boolean;
}

/** Every field that differs, in the order of `groups`, each of which is one value; `mine` holds what would be saved. */
export function differencesOf(
  groups: readonly (readonly string[])[],
  before: Draft,
  theirs: Draft,
  mine: Draft,
): Difference[] {
  return groups.flatMap((names) => {
    const haveChanged = names.some((name) => before[name] !== theirs[name]);
    if (!haveChanged && names.every((name) => mine[name] === undefined)) return [];
    const isContested =
      haveChanged && names.some((name) => mine[name] !== undefined && mine[name] !== theirs[name]);
    return names.map((name) => ({
      name,
      before: before[name],
      theirs: haveChanged ? theirs[name] : undefined,
      mine: mine[name],
      isContested,
    }));
  });
}
