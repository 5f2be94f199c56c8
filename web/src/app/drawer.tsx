/** A panel that comes in from the side of a narrow screen. */

import { Dialog as Base } from '@base-ui/react/dialog';
import { type ReactNode, useState } from 'react';

import { classNames } from '../ui/class-names';
import type { Trigger } from '../ui/deferred';
import styles from './drawer.module.css';

export interface DrawerProps {
  /** The button that opens it. */
  trigger: Trigger;
  /** For who cannot see it. */
  title: string;
  className: string | undefined;
  /** What is in it; it is given what closes it. */
  children: (close: () => void) => ReactNode;
}

/** The button and its panel, which is open at first. */
export function Drawer({ trigger, title, className, children }: DrawerProps) {
  const [isOpen, setOpen] = useState(true);
  return (
    <Base.Root open={isOpen} onOpenChange={setOpen}>
      <Base.Trigger render={trigger} />
      <Base.Portal>
        <Base.Backdrop className={styles['backdrop']} />
        <Base.Popup className={classNames(className, styles['drawer'])}>
          <Base.Title className="visually-hidden">{title}</Base.Title>
          {children(() => setOpen(false))}
        </Base.Popup>
      </Base.Portal>
    </Base.Root>
  );
}
