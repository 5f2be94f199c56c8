/** More about something, shown when it is asked for: by mouse, touch or keyboard. */

import { Popover as Base } from '@base-ui/react/popover';
import type { ReactElement, ReactNode } from 'react';

import styles from './popup.module.css';

export interface PopoverProps {
  /** The button that shows it. */
  trigger: ReactElement<Record<string, unknown>>;
  title: ReactNode;
  children: ReactNode;
}

/** A button with a small window beside it. */
export function Popover({ trigger, title, children }: PopoverProps) {
  return (
    <Base.Root>
      <Base.Trigger render={trigger} />
      <Base.Portal>
        <Base.Positioner sideOffset={6} className={styles['positioner']}>
          <Base.Popup className={styles['popover']}>
            <Base.Title className={styles['title']}>{title}</Base.Title>
            <Base.Description render={<div />} className={styles['description']}>
              {children}
            </Base.Description>
          </Base.Popup>
        </Base.Positioner>
      </Base.Portal>
    </Base.Root>
  );
}
