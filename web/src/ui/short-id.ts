/** Ids as people are shown them. */

/** The end of an id: ids that were made at about the same time begin alike. */
export function shortId(id: string): string {
  return `…${id.slice(-8)}`;
}
