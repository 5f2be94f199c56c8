/** A popover that has been opened at least once. */

import { Popover as Base } from '@base-ui/react/popover';
import type { PopoverProps } from './popover';
import styles from './popup.module.css';

/** The button and its window, which is open at first. */
export function PopoverWindow({ trigger, title, children }: PopoverProps) {
  return (
    <Base.Root defaultOpen>
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
