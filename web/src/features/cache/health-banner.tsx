/** How the cache stands, in words, at the head of the page; read out when it changes. */

import type { InstanceStats } from '@admin-metrics/client';
import { CircleCheck, HardDrive, type LucideIcon, TriangleAlert, Unplug } from 'lucide-react';
import { useFormatter, useTranslations } from 'use-intl';

import { classNames } from '../../ui/class-names';
import { type Health, healthOf, HEALTH_TONES, troubleOf } from './health';
import tones from '../../ui/tones.module.css';
import styles from './cache.module.css';

const ICONS: Record<Health, LucideIcon> = {
  'memory-only': HardDrive,
  down: Unplug,
  troubled: TriangleAlert,
  well: CircleCheck,
};

export function HealthBanner({ instance }: { instance: InstanceStats }) {
  const t = useTranslations('cache');
  const format = useFormatter();
  const health = healthOf(instance);
  const trouble = troubleOf(instance);
  const Icon = ICONS[health];
  const { pendingTags, pendingOldestSecs } = instance;
  const tags = pendingTags.map((tag) => t(`tags.names.${tag}`));
  return (
    <div className={classNames(styles['banner'], tones[HEALTH_TONES[health]])}>
      <Icon aria-hidden="true" />
      <div>
        {/* The rest counts on, and would be read out at every look. */}
        <p className={styles['bannerTitle']} role="status">
          {t(`health.${health}.title`)}
        </p>
        <p>{t(`health.${health}.text`)}</p>
        {trouble && (
          <p>
            <strong>{t(`trouble.${trouble}.is`)}</strong> {t(`trouble.${trouble}.do`)}
          </p>
        )}
        {pendingTags.length > 0 && (
          <p>{t('pending', { tags: format.list(tags), seconds: pendingOldestSecs })}</p>
        )}
      </div>
    </div>
  );
}
