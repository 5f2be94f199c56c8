/** Says whether changes are told as they happen. */

export function LiveIndicator() {
  return null;
}
