/** What an invalidation came to, and what it has done since. */

import type { CacheStats } from '@admin-metrics/client';
import { X } from 'lucide-react';
import { useTranslations } from 'use-intl';

import { IconButton } from '../../ui/button';
import { classNames } from '../../ui/class-names';
import { effectOf, type Invalidated } from './effect';
import tones from '../../ui/tones.module.css';
import styles from './cache.module.css';

export interface InvalidationResultProps {
  invalidated: Invalidated;
  /** The statistics of now. */
  stats: CacheStats;
  onDismiss: () => void;
}

export function InvalidationResult({ invalidated, stats, onDismiss }: InvalidationResultProps) {
  const t = useTranslations('cache');
  const ui = useTranslations('ui');
  const { tag, outcome } = invalidated;
  const { misses, loads, hasMoved, isComparable } = effectOf(invalidated, stats);
  return (
    <div className={classNames(styles['banner'], tones[outcome === 'applied' ? 'good' : 'warn'])}>
      <div>
        {/* What it has done since counts on, and would be read out at every look. */}
        <div role="status">
          <p className={styles['bannerTitle']}>
            {t(`outcome.${outcome}.title`, { tag: t(`tags.names.${tag}`) })}
          </p>
          <p>{t(`outcome.${outcome}.text`)}</p>
        </div>
        <p>
          {hasMoved ? t('effect.moved') : t('effect.notMoved')}{' '}
          {isComparable ? t('effect.since', { misses, loads }) : t('effect.otherInstance')}
        </p>
      </div>
      <IconButton icon={X} size="small" label={ui('dismiss')} onClick={onDismiss} />
    </div>
  );
}
