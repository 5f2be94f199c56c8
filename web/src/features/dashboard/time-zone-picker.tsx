/** In which time zone days begin and end; the list of all of them is loaded when it is asked for. */

import { ChevronDown, Globe } from 'lucide-react';
import { useTranslations } from 'use-intl';

import { Button } from '../../ui/button';
import { Deferred } from '../../ui/deferred';
import styles from './time-zone-picker.module.css';

export interface TimeZonePickerProps {
  value: string;
  onChange: (zone: string) => void;
}

/** A button with the zone; it opens the list. */
export function TimeZonePicker({ value, onChange }: TimeZonePickerProps) {
  const t = useTranslations('dashboard');
  const trigger = (
    <Button icon={Globe} aria-label={t('zoneButton', { zone: value })}>
      <span className={styles['zone']}>{value.replaceAll('_', ' ')}</span>
      <ChevronDown className={styles['icon']} aria-hidden="true" />
    </Button>
  );
  return (
    <Deferred trigger={trigger} opens="dialog" load={loadDialog}>
      {({ TimeZoneDialog }) => <TimeZoneDialog trigger={trigger} value={value} onChange={onChange} />}
    </Deferred>
  );
}

function loadDialog() {
  return import('./time-zone-dialog');
}
