/** What somebody has chosen for this browser: kept over reloads, the same in all its tabs. */

import { useSyncExternalStore } from 'react';

/** A choice that is kept in this browser. */
export interface Preference<Value extends string> {
  /** What is chosen, or the default. */
  get: () => Value;
  set: (value: Value) => void;
  /** Hears of each change, also of one in another tab; gives back what ends that. */
  subscribe: (listener: () => void) => () => void;
}

const PREFIX = 'admin-metrics.';

/** A choice between `values`; `fallback` tells what holds while nobody has chosen. */
export function preference<Value extends string>(
  name: string,
  values: readonly Value[],
  fallback: () => Value,
): Preference<Value> {
  const key = PREFIX + name;
  const listeners = new Set<() => void>();
  return {
    get: () => {
      const kept = read(key);
      return values.find((value) => value === kept) ?? fallback();
    },
    set: (value) => {
      write(key, value);
      listeners.forEach((listener) => listener());
    },
    subscribe: (listener) => {
      const onStorage = (event: StorageEvent) => {
        if (event.key === key || event.key === null) listener();
      };
      listeners.add(listener);
      window.addEventListener('storage', onStorage);
      return () => {
        listeners.delete(listener);
        window.removeEventListener('storage', onStorage);
      };
    },
  };
}

/** What is chosen, and how to choose. */
export function usePreference<Value extends string>(
  chosen: Preference<Value>,
): [Value, (value: Value) => void] {
  return [useSyncExternalStore(chosen.subscribe, chosen.get), chosen.set];
}

// A browser may forbid storage: then a choice lasts as long as the page.
const unkept = new Map<string, string>();

function read(key: string): string | null {
  try {
    return localStorage.getItem(key) ?? unkept.get(key) ?? null;
  } catch {
    return unkept.get(key) ?? null;
  }
}

function write(key: string, value: string): void {
  try {
    localStorage.setItem(key, value);
  } catch {
    unkept.set(key, value);
  }
}
