/** A short text about what is pointed at, or has the focus. */

import { Tooltip as Base } from '@base-ui/react/tooltip';
import type { ReactElement, ReactNode } from 'react';

import styles from './popup.module.css';

export interface TooltipProps {
  text: ReactNode;
  /** What it is about: an element that can have the focus. */
  children: ReactElement<Record<string, unknown>>;
}

/** Shows `text` beside `children`. It must say nothing that is not said elsewhere: touch screens have none. */
export function Tooltip({ text, children }: TooltipProps) {
  return (
    <Base.Root>
      <Base.Trigger render={children} />
      <Base.Portal>
        <Base.Positioner sideOffset={6} className={styles['positioner']}>
          <Base.Popup className={styles['tooltip']}>{text}</Base.Popup>
        </Base.Positioner>
      </Base.Portal>
    </Base.Root>
  );
}

/** Around the page: after one tooltip has been shown, the next one comes at once. */
export const TooltipProvider = Base.Provider;
