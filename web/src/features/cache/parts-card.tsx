/** What each part of the dashboard is looked up and loaded. */

import type { PartReport } from '@admin-metrics/client';
import { useFormatter, useTranslations } from 'use-intl';

import { Card, CardHeader } from '../../ui/surface';
import { NumberCell, NumberHead, Table } from '../../ui/table';
import { useUnits } from './units';
import styles from './cache.module.css';

const PARTS = ['dashboard', 'overview', 'charts', 'recentUsers', 'recentProposals'] as const;

export function PartsCard({ parts }: { parts: Record<string, PartReport> }) {
  const t = useTranslations('cache.parts');
  return (
    <Card aria-labelledby="cache-parts">
      <CardHeader id="cache-parts" title={t('title')} note={t('note')} />
      <Table caption={t('title')} className={styles['table'] ?? ''}>
        <thead>
          <tr>
            <th scope="col">{t('part')}</th>
            <NumberHead>{t('l1')}</NumberHead>
            <NumberHead>{t('l2')}</NumberHead>
            <NumberHead>{t('loads')}</NumberHead>
            <NumberHead>{t('latency')}</NumberHead>
            <NumberHead>{t('failures')}</NumberHead>
            <NumberHead>{t('refreshes')}</NumberHead>
            <NumberHead>{t('coalesced')}</NumberHead>
            <NumberHead>{t('stale')}</NumberHead>
          </tr>
        </thead>
        <tbody>
          {PARTS.map((name) => {
            const part = parts[name];
            return part && <Row key={name} name={t(`names.${name}`)} part={part} />;
          })}
        </tbody>
      </Table>
    </Card>
  );
}

function Row({ name, part }: { name: string; part: PartReport }) {
  const t = useTranslations('cache.parts');
  const format = useFormatter();
  const units = useUnits();
  const rate = (hits: number, misses: number) =>
    hits + misses > 0 ? format.number(hits / (hits + misses), 'percent') : '–';
  const counts = [part.loadFailures, part.refreshes, part.coalesced, part.stale];
  return (
    <tr>
      <th scope="row">{name}</th>
      <NumberCell>{rate(part.l1Hits, part.l1Misses)}</NumberCell>
      <NumberCell>{rate(part.l2Hits, part.l2Misses)}</NumberCell>
      <NumberCell>{format.number(part.loads)}</NumberCell>
      <NumberCell>
        {part.loads > 0
          ? t('latencies', {
              half: units.micros(part.loadLatency.p50Micros),
              most: units.micros(part.loadLatency.p99Micros),
            })
          : '–'}
      </NumberCell>
      {counts.map((count, index) => (
        <NumberCell key={index}>{format.number(count)}</NumberCell>
      ))}
    </tr>
  );
}
