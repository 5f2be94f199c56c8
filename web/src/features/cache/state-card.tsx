/** What keeps this instance's answers new: how old one can be, and how the ways stand by which it hears of changes. */

import type { ChangeFeedState, InstanceStats } from '@admin-metrics/client';
import type { ReactNode } from 'react';
import { useFormatter, useNow, useTranslations } from 'use-intl';

import { Badge, Card, CardHeader, type Tone } from '../../ui/surface';
import { BREAKER_TONES, BUS_TONES } from './health';
import styles from './cache.module.css';

const FEED_TONES: Record<ChangeFeedState, Tone> = { off: 'neutral', waiting: 'info', listening: 'good' };

export function StateCard({ instance }: { instance: InstanceStats }) {
  const t = useTranslations('cache');
  const format = useFormatter();
  const now = useNow({ updateInterval: 10_000 });
  const { l2, stalenessBound, changeFeed } = instance;
  return (
    <Card aria-labelledby="cache-state">
      <CardHeader id="cache-state" title={t('state.title')} note={t('state.note')} />
      <dl className={styles['states']}>
        <State
          name={t('state.staleness')}
          badge={<Badge tone="accent">{t('seconds', { seconds: stalenessBound.maxSecs })}</Badge>}
        >
          {t(`staleness.${stalenessBound.kind}`, { seconds: stalenessBound.maxSecs })}
        </State>
        <State
          name={t('state.breaker')}
          badge={
            l2 ? (
              <Badge tone={BREAKER_TONES[l2.breaker]}>{t(`breaker.${l2.breaker}.is`)}</Badge>
            ) : (
              <Badge>{t('noRedis')}</Badge>
            )
          }
        >
          {l2 ? t(`breaker.${l2.breaker}.means`) : t('breaker.none')}
        </State>
        <State
          name={t('state.bus')}
          badge={
            l2 ? (
              <Badge tone={BUS_TONES[l2.bus.state]}>{t(`bus.${l2.bus.state}.is`)}</Badge>
            ) : (
              <Badge>{t('noRedis')}</Badge>
            )
          }
        >
          {l2 ? t(`bus.${l2.bus.state}.means`) : t('bus.none')}{' '}
          {l2 && t('bus.counts', { messages: l2.bus.messages, gaps: l2.bus.gaps })}
        </State>
        <State
          name={t('state.feed')}
          badge={<Badge tone={FEED_TONES[changeFeed.state]}>{t(`feed.${changeFeed.state}.is`)}</Badge>}
        >
          {t(`feed.${changeFeed.state}.means`)}{' '}
          {changeFeed.lastHeardAt !== null &&
            t('feed.heard', {
              when: format.relativeTime(new Date(changeFeed.lastHeardAt), now),
              notifications: changeFeed.notifications,
            })}
        </State>
      </dl>
      {instance.taskPanics > 0 && (
        <p className={styles['fault']}>{t('taskPanics', { count: instance.taskPanics })}</p>
      )}
    </Card>
  );
}

function State({ name, badge, children }: { name: string; badge: ReactNode; children: ReactNode }) {
  return (
    <div>
      <dt>
        {name} {badge}
      </dt>
      <dd>{children}</dd>
    </div>
  );
}
