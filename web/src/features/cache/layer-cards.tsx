/** The two layers of the cache: how often they have what is asked for, how quickly, and how full they are. */

import type { CacheStats, LayerStats } from '@admin-metrics/client';
import type { ReactNode } from 'react';
import { useFormatter, useTranslations } from 'use-intl';

import { Card, CardHeader, EmptyState } from '../../ui/surface';
import { type History, hitRates, latencies, type Layer } from './history';
import { LineChart } from './line-chart';
import { Meter } from './meter';
import { useUnits } from './units';
import styles from './cache.module.css';

/** The memory of the instance. */
export function MemoryCard({ history }: { history: History }) {
  const t = useTranslations('cache');
  const format = useFormatter();
  const units = useUnits();
  const { l1 } = history.latest.instance;
  return (
    <LayerCard layer="l1" history={history} lookups={l1.lookups}>
      <Meter
        label={t('l1.items')}
        value={l1.items}
        max={l1.maxItems}
        text={t('of', { value: format.number(l1.items), max: format.number(l1.maxItems) })}
      />
      <Meter
        label={t('l1.bytes')}
        value={l1.bytes}
        max={l1.maxBytes}
        text={t('of', { value: units.bytes(l1.bytes), max: units.bytes(l1.maxBytes) })}
      />
      <Counts
        counts={[
          ['hits', l1.lookups.hits],
          ['misses', l1.lookups.misses],
          ['evictions', l1.evictions],
          ['rejected', l1.rejected],
        ]}
      />
    </LayerCard>
  );
}

/** Redis. */
export function RedisCard({ history }: { history: History }) {
  const t = useTranslations('cache');
  const { instance, fleet } = history.latest;
  const { l2 } = instance;
  if (!l2) {
    return (
      <Card aria-labelledby="cache-l2">
        <CardHeader id="cache-l2" title={t('l2.title')} note={t('l2.note')} />
        <EmptyState title={t('l2.none')}>
          <p>{t('l2.noneText')}</p>
        </EmptyState>
      </Card>
    );
  }
  const faults = [
    ['failures', l2.failures],
    ['storesWaiting', l2.storesWaiting],
    ['storesDropped', l2.storesDropped],
    ['storesWithheld', l2.storesWithheld],
    ['storesSpared', l2.storesSpared],
    ['readsSpared', l2.readsSpared],
    ['invalidationsWithheld', l2.invalidationsWithheld],
    ['undecodable', l2.undecodable],
    ['versionsLost', l2.versionsLost],
  ] as const;
  return (
    <LayerCard layer="l2" history={history} lookups={l2.lookups}>
      <RedisMemory memory={fleet.redisMemory} />
      <Counts
        counts={[
          ['hits', l2.lookups.hits],
          ['misses', l2.lookups.misses],
          // What has never happened is not worth a place.
          ...faults.filter(([name, count]) => count > 0 || name === 'failures'),
        ]}
      />
    </LayerCard>
  );
}

function RedisMemory({ memory }: { memory: CacheStats['fleet']['redisMemory'] }) {
  const t = useTranslations('cache');
  const units = useUnits();
  if (!memory) return <p className={styles['remark']}>{t('l2.memoryUnknown')}</p>;
  if (memory.maxBytes === 0) {
    return (
      <p className={styles['remark']}>{t('l2.memoryUnbounded', { used: units.bytes(memory.usedBytes) })}</p>
    );
  }
  return (
    <Meter
      label={t('l2.memory')}
      value={memory.usedBytes}
      max={memory.maxBytes}
      text={t('of', { value: units.bytes(memory.usedBytes), max: units.bytes(memory.maxBytes) })}
    />
  );
}

function LayerCard({
  layer,
  history,
  lookups,
  children,
}: {
  layer: Layer;
  history: History;
  lookups: LayerStats;
  children: ReactNode;
}) {
  const t = useTranslations('cache');
  const format = useFormatter();
  const units = useUnits();
  const { samples } = history;
  return (
    <Card aria-labelledby={`cache-${layer}`}>
      <CardHeader id={`cache-${layer}`} title={t(`${layer}.title`)} note={t(`${layer}.note`)}>
        <p className={styles['headline']}>
          <strong>{lookups.hitRate === null ? '–' : format.number(lookups.hitRate, 'percent')}</strong>{' '}
          <span>{lookups.hitRate === null ? t('notAsked') : t('sinceStart')}</span>
        </p>
      </CardHeader>
      <div className={styles['layer']}>
        <div className={styles['charts']}>
          <LineChart
            title={t('chart.hitRate')}
            lines={[{ label: t('chart.lastMinute'), points: hitRates(samples, layer) }]}
            write={(value) => format.number(value, 'percent')}
            top={1}
          />
          <LineChart
            title={t('chart.latency')}
            lines={[
              { label: t('chart.p50'), points: latencies(samples, layer, 'p50Micros') },
              { label: t('chart.p99'), points: latencies(samples, layer, 'p99Micros') },
            ]}
            write={units.micros}
          />
        </div>
        {children}
      </div>
    </Card>
  );
}

type CountName =
  | 'hits'
  | 'misses'
  | 'evictions'
  | 'rejected'
  | 'failures'
  | 'storesWaiting'
  | 'storesDropped'
  | 'storesWithheld'
  | 'storesSpared'
  | 'readsSpared'
  | 'invalidationsWithheld'
  | 'undecodable'
  | 'versionsLost';

function Counts({ counts }: { counts: readonly (readonly [CountName, number])[] }) {
  const t = useTranslations('cache.count');
  const format = useFormatter();
  return (
    <dl className={styles['counts']}>
      {counts.map(([name, count]) => (
        <div key={name}>
          <dt>{t(name)}</dt>
          <dd>{format.number(count)}</dd>
        </div>
      ))}
    </dl>
  );
}
