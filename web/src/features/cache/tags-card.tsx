/** The versions of the data that cached answers are held against, and making them old by hand. */

import type { CacheStats, CacheTag } from '@admin-metrics/client';
import { useMutation } from '@tanstack/react-query';
import { RefreshCcwDot } from 'lucide-react';
import { useState } from 'react';
import { useFormatter, useNow, useTranslations } from 'use-intl';

import { metrics } from '../../app/client';
import { useIsAdmin } from '../../app/routes';
import { Button } from '../../ui/button';
import { ConfirmDialog } from '../../ui/dialog';
import { ProblemNote } from '../../ui/problem';
import { Badge, Card, CardHeader } from '../../ui/surface';
import { Table } from '../../ui/table';
import { type Invalidated, TAGS, timeOfVersion, versionOf } from './effect';
import { InvalidationResult } from './invalidation-result';
import styles from './cache.module.css';

export interface TagsCardProps {
  stats: CacheStats;
  /** Asks for the statistics as they are now. */
  readNow: () => Promise<CacheStats>;
}

export function TagsCard({ stats, readNow }: TagsCardProps) {
  const t = useTranslations('cache');
  const isAdmin = useIsAdmin();
  const [asked, setAsked] = useState<CacheTag>();
  const [isAsking, setAsking] = useState(false);
  const invalidate = useMutation({
    mutationFn: async (tag: CacheTag): Promise<Invalidated> => {
      const before = await readNow();
      const { outcome } = await metrics.createInvalidation({ body: { tags: [tag] } });
      return { tag, outcome, before };
    },
    onSuccess: () => readNow(),
    onSettled: () => setAsking(false),
  });
  const done = invalidate.data;
  return (
    <Card aria-labelledby="cache-tags">
      <CardHeader id="cache-tags" title={t('tags.title')} note={t('tags.note')} />
      <div className={styles['result']}>
        {done && <InvalidationResult invalidated={done} stats={stats} onDismiss={() => invalidate.reset()} />}
      </div>
      {invalidate.error && (
        <div className={styles['result']}>
          <ProblemNote error={invalidate.error} />
        </div>
      )}
      <Table caption={t('tags.title')} className={styles['table'] ?? ''}>
        <thead>
          <tr>
            <th scope="col">{t('tags.tag')}</th>
            <th scope="col">{t('tags.since')}</th>
            {isAdmin && (
              <th scope="col">
                <span className="visually-hidden">{t('tags.actions')}</span>
              </th>
            )}
          </tr>
        </thead>
        <tbody>
          {TAGS.map((tag) => (
            <TagRow key={tag} tag={tag} stats={stats} before={done?.before}>
              {isAdmin && (
                <td className={styles['action']}>
                  <Button
                    size="small"
                    icon={RefreshCcwDot}
                    aria-label={t('tags.invalidateTag', { tag: t(`tags.names.${tag}`) })}
                    onClick={() => {
                      setAsked(tag);
                      setAsking(true);
                    }}
                  >
                    <span className={styles['wide']}>{t('tags.invalidate')}</span>
                  </Button>
                </td>
              )}
            </TagRow>
          ))}
        </tbody>
      </Table>
      {!isAdmin && <p className={styles['foot']}>{t('tags.adminsOnly')}</p>}
      {asked && (
        <ConfirmDialog
          isOpen={isAsking}
          onCancel={() => setAsking(false)}
          onConfirm={() => invalidate.mutate(asked)}
          isBusy={invalidate.isPending}
          title={t('tags.confirmTitle', { tag: t(`tags.names.${asked}`) })}
          confirmLabel={t('tags.invalidate')}
        >
          <p>{t(`tags.confirm.${asked}`)}</p>
          <p className={styles['afterwards']}>{t('tags.confirmText')}</p>
        </ConfirmDialog>
      )}
    </Card>
  );
}

function TagRow({
  tag,
  stats,
  before,
  children,
}: {
  tag: CacheTag;
  stats: CacheStats;
  before: CacheStats | undefined;
  children: React.ReactNode;
}) {
  const t = useTranslations('cache.tags');
  const format = useFormatter();
  const now = useNow({ updateInterval: 10_000 });
  const version = versionOf(stats, tag);
  const since = timeOfVersion(version);
  const old = before && versionOf(before, tag);
  return (
    <tr>
      <th scope="row">
        {t(`names.${tag}`)}{' '}
        {stats.instance.pendingTags.includes(tag) && <Badge tone="warn">{t('pending')}</Badge>}
        <span className={styles['detail']}>
          {t('invalidations', { count: stats.instance.invalidations[tag] ?? 0 })}
        </span>
      </th>
      <td className={styles['since']}>
        {since === null ? (
          t('never')
        ) : (
          <time dateTime={since.toISOString()} title={format.dateTime(since, 'minute')}>
            {format.relativeTime(since > now ? now : since, now)}
          </time>
        )}
        {version > 0 && <code className={styles['version']}>{version}</code>}
        {old !== undefined && old !== version && (
          <span className={styles['version']}>{t('was', { version: String(old) })}</span>
        )}
      </td>
      {children}
    </tr>
  );
}
