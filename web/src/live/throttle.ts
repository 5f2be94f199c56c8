/** What changes come to: the first is acted on at once, those that follow together, at most once in a while. */

/** Something that gathers values and acts on them. */
export interface Throttle<Value> {
  /** Has the values acted on, now or with others a little later. */
  add: (values: Iterable<Value>) => void;
  /** Acts on nothing any more. */
  stop: () => void;
}

/** Calls `act` with what was added, at most once in `everyMs`. */
export function throttle<Value>(act: (values: Value[]) => void, everyMs: number): Throttle<Value> {
  const waiting = new Set<Value>();
  let timer: ReturnType<typeof setTimeout> | undefined;
  const flush = () => {
    timer = undefined;
    if (waiting.size === 0) return;
    const values = [...waiting];
    waiting.clear();
    timer = setTimeout(flush, everyMs);
    act(values);
  };
  return {
    add: (values) => {
      for (const value of values) waiting.add(value);
      if (timer === undefined) flush();
    },
    stop: () => {
      clearTimeout(timer);
      timer = undefined;
      waiting.clear();
    },
  };
}
