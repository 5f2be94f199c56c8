/**
 * A button that opens something whose code is loaded when it is wanted for the first time: most visits open few of the menus and
 * windows that a page has, and what they are made of weighs as much as half the page.
 */

import { cloneElement, type ReactElement, type ReactNode, useState } from 'react';

/** A button. */
export type Trigger = ReactElement<Record<string, unknown>>;

export interface DeferredProps<Code> {
  trigger: Trigger;
  /** What it opens, for who cannot see it. */
  opens: 'menu' | 'dialog';
  /** Loads the code; what was loaded once comes at once. */
  load: () => Promise<Code>;
  /** The button with what it opens, which is open. */
  children: (code: Code) => ReactNode;
}

/** The button alone until it is pressed; it begins to load as soon as it looks as if it was going to be. */
export function Deferred<Code extends object>({ trigger, opens, load, children }: DeferredProps<Code>) {
  const [code, setCode] = useState<Code>();
  if (code) return children(code);
  // A failure is told where the button is pressed, by its staying closed; the next time it is tried again.
  const prepare = () => void load().catch(() => undefined);
  return cloneElement(trigger, {
    'aria-haspopup': opens,
    'aria-expanded': false,
    onPointerEnter: prepare,
    onFocus: prepare,
    onClick: () => void load().then(setCode, () => undefined),
  });
}
