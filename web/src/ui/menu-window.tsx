/** A menu that has been opened at least once. */

import { Menu as Base } from '@base-ui/react/menu';

import { MenuParts, type MenuProps } from './menu';
import styles from './popup.module.css';

/** The button and its menu, which is open at first. */
export function MenuWindow({ trigger, align = 'end', children }: MenuProps) {
  return (
    <MenuParts value={Base}>
      <Base.Root modal={false} defaultOpen>
        <Base.Trigger render={trigger} />
        <Base.Portal>
          <Base.Positioner sideOffset={6} align={align} className={styles['positioner']}>
            <Base.Popup className={styles['menu']}>{children}</Base.Popup>
          </Base.Positioner>
        </Base.Portal>
      </Base.Root>
    </MenuParts>
  );
}
