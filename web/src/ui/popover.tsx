/** More about something, shown when it is asked for: by mouse, touch or keyboard. */

import type { ReactNode } from 'react';

import { Deferred, type Trigger } from './deferred';

export interface PopoverProps {
  /** The button that shows it. */
  trigger: Trigger;
  title: ReactNode;
  children: ReactNode;
}

/** A button with a small window beside it. */
export function Popover(props: PopoverProps) {
  return (
    <Deferred trigger={props.trigger} opens="dialog" load={loadWindow}>
      {({ PopoverWindow }) => <PopoverWindow {...props} />}
    </Deferred>
  );
}

function loadWindow() {
  return import('./popover-window');
}
