/** The cache, for operators: what it does, how it stands, what it costs, and making its answers old by hand. */

import { Pause, Play } from 'lucide-react';
import { useState } from 'react';
import { useFormatter, useNow, useTranslations } from 'use-intl';

import { Button } from '../../ui/button';
import { ProblemNote, ProblemState } from '../../ui/problem';
import { Loading, PageHeader, Skeleton } from '../../ui/surface';
import { CommandsCard } from './commands-card';
import { HealthBanner } from './health-banner';
import type { History } from './history';
import { MemoryCard, RedisCard } from './layer-cards';
import { PartsCard } from './parts-card';
import { StateCard } from './state-card';
import { TagsCard, type TagsCardProps } from './tags-card';
import { POLL_EVERY_MS, useCacheStats } from './use-cache-stats';
import styles from './cache.module.css';

export function CachePage() {
  const t = useTranslations('cache');
  const [isPaused, setPaused] = useState(false);
  const { data: history, error, refetch, dataUpdatedAt } = useCacheStats(isPaused);
  const readNow = async () => {
    const { data } = await refetch({ throwOnError: true });
    if (!data) throw new Error('a read that did not fail has no answer');
    return data.latest;
  };
  return (
    <>
      <PageHeader title={t('title')} note={t('note')}>
        {history && <Freshness at={dataUpdatedAt} isPaused={isPaused} />}
        <Button icon={isPaused ? Play : Pause} onClick={() => setPaused(!isPaused)}>
          {isPaused ? t('polling.resume') : t('polling.pause')}
        </Button>
      </PageHeader>
      {history ? (
        <>
          {error && (
            <div className={styles['stale']}>
              <ProblemNote error={error} onRetry={() => void refetch()} />
            </div>
          )}
          <Panels history={history} readNow={readNow} />
        </>
      ) : error ? (
        <ProblemState error={error} onRetry={() => void refetch()} />
      ) : (
        <Placeholders />
      )}
    </>
  );
}

function Freshness({ at, isPaused }: { at: number; isPaused: boolean }) {
  const t = useTranslations('cache.polling');
  const format = useFormatter();
  const now = useNow({ updateInterval: 1_000 });
  return (
    <span className={styles['freshness']} title={t('cost')}>
      {isPaused
        ? t('paused', { when: format.dateTime(at, 'time') })
        : t('updated', {
            when: format.relativeTime(Math.min(at, now.getTime()), { now, unit: 'second' }),
            seconds: POLL_EVERY_MS / 1000,
          })}
    </span>
  );
}

function Panels({ history, readNow }: { history: History } & Pick<TagsCardProps, 'readNow'>) {
  const t = useTranslations('cache');
  const { instance, fleet } = history.latest;
  return (
    <div className={styles['panels']}>
      <HealthBanner instance={instance} />
      <h2 className={styles['scope']}>
        {t('scope.instance')} <span>{t('scope.instanceNote')}</span>
      </h2>
      {history.beginnings > 0 && <p className={styles['foot']}>{t('scope.beganAnew')}</p>}
      <div className={styles['pair']}>
        <MemoryCard history={history} />
        <RedisCard history={history} />
      </div>
      <div className={styles['pair']}>
        <StateCard instance={instance} />
        <TagsCard stats={history.latest} readNow={readNow} />
      </div>
      <PartsCard parts={instance.parts} />
      <h2 className={styles['scope']}>
        {t('scope.fleet')} <span>{t('scope.fleetNote')}</span>
      </h2>
      <CommandsCard commands={fleet.commands} />
    </div>
  );
}

function Placeholders() {
  return (
    <div className={styles['panels']}>
      <Loading />
      <Skeleton className={styles['bannerPlace']} />
      <div className={styles['pair']}>
        <Skeleton className={styles['cardPlace']} />
        <Skeleton className={styles['cardPlace']} />
      </div>
      <Skeleton className={styles['cardPlace']} />
    </div>
  );
}
