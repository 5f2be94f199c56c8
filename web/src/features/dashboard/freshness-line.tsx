/** "Updated 12 s ago · cached L1": how new a card is, with more about it on request. It ticks without drawing the page anew. */

import { CircleCheck, type LucideIcon, TriangleAlert, Zap } from 'lucide-react';
import { useFormatter, useTranslations } from 'use-intl';

import { classNames } from '../../ui/class-names';
import { Popover } from '../../ui/popover';
import { useNow } from '../../ui/use-now';
import { ageIn, freshnessOf, type Origin, type Part } from './freshness';
import styles from './freshness-line.module.css';
import { useShown } from './query';

/** What is told of a part: where it came from, or that it could not be read again. */
type Standing = Origin | 'failed';

const ICONS: Record<Standing, LucideIcon> = {
  live: Zap,
  l1: CircleCheck,
  l2: CircleCheck,
  stale: TriangleAlert,
  failed: TriangleAlert,
};

/** How new the `part` of the dashboard is that a card shows. */
export function FreshnessLine({ part }: { part: Part }) {
  const t = useTranslations('dashboard.freshness');
  const format = useFormatter();
  const { answer, headers, receivedAt, hasFailed } = useShown();
  const { origin, computedAt } = freshnessOf(part, answer, headers, receivedAt);
  const standing: Standing = hasFailed && origin !== 'stale' ? 'failed' : origin;
  const Icon = ICONS[standing];
  return (
    <Popover
      title={t('title')}
      trigger={
        <button
          type="button"
          className={classNames(styles['line'], styles[standing])}
          data-part={part}
          data-origin={standing}
        >
          <Icon className={styles['icon']} aria-hidden="true" />
          <span>
            <Ticking computedAt={computedAt} /> · <strong>{t(standing)}</strong>
          </span>
        </button>
      }
    >
      <p>{t(`${standing}Text`)}</p>
      <p>{t('computed', { time: format.dateTime(new Date(computedAt), 'time') })}</p>
    </Popover>
  );
}

function Ticking({ computedAt }: { computedAt: number }) {
  const t = useTranslations('dashboard.freshness');
  return t('text', { age: useAgeText(computedAt) });
}

/** How long ago `instant` was, in words. */
export function useAgeText(instant: number): string {
  const t = useTranslations('dashboard.age');
  const format = useFormatter();
  const { unit, count } = ageIn(useNow() - instant);
  return t(unit, { count: format.number(count) });
}
