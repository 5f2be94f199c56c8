/** Says that the cache which instances share cannot be reached, while that is so. */

import { getReadinessQueryKey } from '@admin-metrics/client/query';
import { useQuery } from '@tanstack/react-query';
import { DatabaseZap } from 'lucide-react';
import { useTranslations } from 'use-intl';

import { metrics } from '../../app/client';
import { Popover } from '../../ui/popover';
import { badgeClass } from '../../ui/surface';
import styles from './cache-badge.module.css';

/** Asking costs the service neither a command nor a statement. */
const ASK_EVERY_MS = 10_000;

/** The badge, with what it means. */
export function CacheBadge() {
  const t = useTranslations('dashboard');
  const { data } = useQuery({
    queryKey: getReadinessQueryKey(),
    queryFn: ({ signal }) => metrics.background.getReadiness({ signal }),
    refetchInterval: ASK_EVERY_MS,
    // Where the service itself is in trouble, the numbers say so.
    retry: false,
  });
  const isAway = data?.dependencies.redis === 'down';
  return (
    <span role="status" className={styles['place']}>
      {isAway && (
        <Popover
          title={t('cacheAway')}
          trigger={
            <button type="button" className={`${badgeClass('warn')} ${styles['badge'] ?? ''}`}>
              <DatabaseZap className={styles['icon']} aria-hidden="true" />
              {t('cacheAway')}
            </button>
          }
        >
          {t('cacheAwayText')}
        </Popover>
      )}
    </span>
  );
}
