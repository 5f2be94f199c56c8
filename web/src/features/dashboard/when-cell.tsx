/** When a row was created: the day, and below it the time. */

import { useFormatter } from 'use-intl';

import { NumberCell } from '../../ui/table';
import { useShown } from './query';
import styles from './recent.module.css';

/** A cell with an instant in the time zone of the dashboard. */
export function WhenCell({ instant }: { instant: string }) {
  const format = useFormatter();
  const { tz } = useShown().answer.meta.period;
  const date = new Date(instant);
  return (
    <NumberCell className={styles['when']}>
      <time dateTime={instant}>
        <span>{format.dateTime(date, 'dayOfYear', { timeZone: tz })} </span>
        <span>{format.dateTime(date, 'hourAndMinute', { timeZone: tz })}</span>
      </time>
    </NumberCell>
  );
}
