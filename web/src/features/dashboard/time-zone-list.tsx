/** All time zones, to search in. */

import { Combobox } from '@base-ui/react/combobox';
import { Check } from 'lucide-react';
import { useMemo } from 'react';
import { useTranslations } from 'use-intl';

import { browserTimeZone } from '../../i18n/provider';
import { classNames } from '../../ui/class-names';
import { controlClass } from '../../ui/form';
import { allZones } from './search';
import styles from './time-zone-picker.module.css';

export interface TimeZoneListProps {
  value: string;
  onChoose: (zone: string) => void;
}

/** A field to search in, and what matches. */
export function TimeZoneList({ value, onChoose }: TimeZoneListProps) {
  const t = useTranslations('dashboard');
  const here = browserTimeZone();
  // The one that is chosen and the browser's own come first; either may be missing among the others.
  const zones = useMemo(() => [...new Set([value, here, 'UTC', ...allZones()])], [value, here]);
  return (
    <Combobox.Root
      items={zones}
      inline
      open
      autoHighlight
      value={value}
      filter={matches}
      onValueChange={(zone) => zone !== null && onChoose(zone)}
    >
      <Combobox.Input className={controlClass} aria-label={t('zoneSearch')} placeholder={t('zoneSearch')} />
      <div className={styles['list']}>
        <Combobox.Empty className={styles['none']}>{t('zoneNone')}</Combobox.Empty>
        <Combobox.List className={styles['items']}>
          {(zone: string) => (
            <Combobox.Item key={zone} value={zone} className={styles['item']}>
              <span className={styles['icon']}>
                <Combobox.ItemIndicator>
                  <Check className={styles['icon']} aria-hidden="true" />
                </Combobox.ItemIndicator>
              </span>
              <span className={classNames(zone === value && styles['chosen'])}>
                {zone.replaceAll('_', ' ')}
              </span>
              {zone === here && <span className={styles['hint']}>{t('zoneHere')}</span>}
            </Combobox.Item>
          )}
        </Combobox.List>
      </div>
    </Combobox.Root>
  );
}

/** Whether a zone has every word of `query` in its name. */
function matches(zone: string, query: string): boolean {
  const name = plain(zone);
  return plain(query)
    .split(' ')
    .every((word) => name.includes(word));
}

function plain(text: string): string {
  return text
    .toLowerCase()
    .normalize('NFD')
    .replaceAll(/\p{M}/gu, '')
    .replaceAll(/[_/\s]+/g, ' ')
    .trim();
}
