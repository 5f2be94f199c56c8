/** All time zones, in a window of their own. */

import { cloneElement, useState } from 'react';
import { useTranslations } from 'use-intl';

import type { Trigger } from '../../ui/deferred';
import { Dialog } from '../../ui/dialog';
import { TimeZoneList } from './time-zone-list';
import type { TimeZonePickerProps } from './time-zone-picker';

/** The button and its window, which is open at first. */
export function TimeZoneDialog({ trigger, value, onChange }: TimeZonePickerProps & { trigger: Trigger }) {
  const t = useTranslations('dashboard');
  const [isOpen, setOpen] = useState(true);
  const close = () => setOpen(false);
  return (
    <>
      {cloneElement(trigger, {
        'aria-haspopup': 'dialog',
        'aria-expanded': isOpen,
        onClick: () => setOpen(true),
      })}
      <Dialog isOpen={isOpen} onClose={close} title={t('zone')} description={t('zoneText')}>
        <TimeZoneList
          value={value}
          onChoose={(zone) => {
            close();
            onChange(zone);
          }}
        />
      </Dialog>
    </>
  );
}
