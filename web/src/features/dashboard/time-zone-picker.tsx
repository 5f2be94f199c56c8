/** In which time zone days begin and end; the list of all of them is loaded when it is asked for. */

import { ChevronDown, Globe } from 'lucide-react';
import { lazy, Suspense, useState } from 'react';
import { useTranslations } from 'use-intl';

import { Button } from '../../ui/button';
import { Dialog } from '../../ui/dialog';
import { Skeleton } from '../../ui/surface';
import styles from './time-zone-picker.module.css';

const TimeZoneList = lazy(() => import('./time-zone-list'));

export interface TimeZonePickerProps {
  value: string;
  onChange: (zone: string) => void;
}

/** A button with the zone; it opens the list. */
export function TimeZonePicker({ value, onChange }: TimeZonePickerProps) {
  const t = useTranslations('dashboard');
  const [isOpen, setOpen] = useState(false);
  const close = () => setOpen(false);
  return (
    <>
      <Button
        icon={Globe}
        aria-label={t('zoneButton', { zone: value })}
        aria-haspopup="dialog"
        onClick={() => setOpen(true)}
      >
        <span className={styles['zone']}>{value.replaceAll('_', ' ')}</span>
        <ChevronDown className={styles['icon']} aria-hidden="true" />
      </Button>
      <Dialog isOpen={isOpen} onClose={close} title={t('zone')} description={t('zoneText')}>
        <Suspense fallback={<Skeleton className={styles['list']} />}>
          <TimeZoneList
            value={value}
            onChoose={(zone) => {
              close();
              onChange(zone);
            }}
          />
        </Suspense>
      </Dialog>
    </>
  );
}
