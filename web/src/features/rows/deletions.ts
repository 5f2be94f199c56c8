/**
 * Deletions that can be taken back: for a few seconds a row is only hidden, then the service is asked to delete it. Going
 * to another page of the application changes nothing; whoever leaves the application, or reloads it, cannot take anything
 * back any more, and so what they have deleted is deleted then. So it is where they sign out: nothing is sent in the name
 * of whoever signs in next.
 */

import { useSyncExternalStore } from 'react';

import type { RowKind } from './sources';

/** How long a deletion can be taken back. */
export const UNDO_MS = 5_000;

/** A row that is to be deleted. */
export interface Deletion {
  kind: RowKind;
  id: string;
  /** Asks the service to delete it, and reads anew what that changes. */
  send: () => Promise<void>;
  /** Hears when it was taken back, or cannot be any more. */
  onDecided?: () => void;
  /** Hears why it was not deleted after all; the row is shown again. */
  onFailed: (error: unknown) => void;
  /** Hears that it was given up: nobody is signed in who may do it. */
  onDropped?: () => void;
}

interface Pending extends Deletion {
  /** While it can be taken back. */
  timer: ReturnType<typeof setTimeout> | undefined;
  /** Once it is under way. */
  done?: Promise<void>;
}

export type Hidden = Readonly<Record<RowKind, ReadonlySet<string>>>;

/** Deletions that are not done yet. */
export class Deletions {
  readonly #pending = new Map<string, Pending>();
  readonly #listeners = new Set<() => void>();
  #hidden: Hidden = { users: new Set(), proposals: new Set(), leads: new Set() };

  /** Hides a row, and deletes it once it cannot be taken back any more. Returns whether that is news. */
  add(deletion: Deletion): boolean {
    if (this.#pending.has(deletion.id)) return false;
    const timer = setTimeout(() => void this.#send(deletion.id), UNDO_MS);
    this.#pending.set(deletion.id, { ...deletion, timer });
    this.#tell();
    return true;
  }

  /** Takes a deletion back. Returns whether there was still time. */
  undo(id: string): boolean {
    const pending = this.#pending.get(id);
    if (pending?.timer === undefined) return false;
    clearTimeout(pending.timer);
    this.#forget(id);
    pending.onDecided?.();
    return true;
  }

  /** Deletes at once what waits. Resolves when all is done, or has failed. */
  async flush(): Promise<void> {
    await Promise.all([...this.#pending.keys()].map((id) => this.#send(id)));
  }

  /** Gives up what waits. */
  drop(): void {
    for (const [id, pending] of [...this.#pending]) {
      if (this.undo(id)) pending.onDropped?.();
    }
  }

  /** Which rows are not to be shown. */
  readonly hidden = (): Hidden => this.#hidden;

  readonly subscribe = (listener: () => void): (() => void) => {
    this.#listeners.add(listener);
    return () => this.#listeners.delete(listener);
  };

  #send(id: string): Promise<void> {
    const pending = this.#pending.get(id);
    if (pending?.timer === undefined) return pending?.done ?? Promise.resolve();
    clearTimeout(pending.timer);
    pending.timer = undefined;
    pending.onDecided?.();
    pending.done = this.#finish(id, pending);
    return pending.done;
  }

  async #finish(id: string, pending: Pending): Promise<void> {
    try {
      await pending.send();
    } catch (error) {
      pending.onFailed(error);
    } finally {
      this.#forget(id);
    }
  }

  #forget(id: string): void {
    this.#pending.delete(id);
    this.#tell();
  }

  #tell(): void {
    const pending = [...this.#pending.values()];
    const idsOf = (kind: RowKind) =>
      new Set(pending.filter((deletion) => deletion.kind === kind).map(({ id }) => id));
    this.#hidden = { users: idsOf('users'), proposals: idsOf('proposals'), leads: idsOf('leads') };
    for (const listener of this.#listeners) listener();
  }
}

/** Those of this page. */
export const deletions = new Deletions();
window.addEventListener('pagehide', () => void deletions.flush());

/** The rows of a kind that wait to be deleted, by their ids. */
export function useHidden(kind: RowKind): ReadonlySet<string> {
  return useSyncExternalStore(deletions.subscribe, deletions.hidden)[kind];
}
