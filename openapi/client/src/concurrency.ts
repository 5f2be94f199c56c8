/** Changing only what one has seen, so that nobody's change is lost. */

/**
 * The header that lets a change or a deletion through only if the row is as `row`: a row of a list or of an answer. Where
 * somebody else has changed it since, the call throws the problem `lost-update`.
 *
 * ```ts
 * await metrics.updateUser({ path: { id: user.id }, body: { status: 'active' }, headers: ifMatch(user) });
 * ```
 */
export function ifMatch(row: { updatedAt: string }): { 'If-Match': string } {
  return { 'If-Match': `"${row.updatedAt}"` };
}
