/** The tokens by which machines show who they are, for administrators. */

import type { ApiToken, ApiTokenList } from '@admin-metrics/client';
import { listApiTokensInfiniteOptions, listApiTokensQueryKey } from '@admin-metrics/client/query';
import {
  type InfiniteData,
  useInfiniteQuery,
  type UseInfiniteQueryResult,
  useQueryClient,
} from '@tanstack/react-query';
import { KeyRound, Plus } from 'lucide-react';
import { useState } from 'react';
import { useTranslations } from 'use-intl';

import { AdminsOnly } from '../../app/admins-only';
import { Button } from '../../ui/button';
import { ProblemState } from '../../ui/problem';
import { Card, EmptyState, Loading, PageHeader, Skeleton } from '../../ui/surface';
import { CreateDialog } from './create-dialog';
import { RevokeDialog } from './revoke-dialog';
import { TokenTable } from './token-table';
import styles from './tokens.module.css';

const PAGE_SIZE = 50;

export function TokensPage() {
  const t = useTranslations('tokens');
  return (
    <AdminsOnly title={t('title')}>
      <Tokens />
    </AdminsOnly>
  );
}

function Tokens() {
  const t = useTranslations('tokens');
  const queryClient = useQueryClient();
  const [isCreating, setCreating] = useState(false);
  const [revoked, setRevoked] = useState<ApiToken>();
  const query = useTokens();
  const readAnew = () => {
    const [{ _id }] = listApiTokensQueryKey();
    return queryClient.invalidateQueries({
      predicate: ({ queryKey }) => (queryKey[0] as { _id?: string } | undefined)?._id === _id,
    });
  };
  return (
    <>
      <PageHeader title={t('title')} note={t('note')}>
        <Button variant="primary" icon={Plus} onClick={() => setCreating(true)}>
          {t('create')}
        </Button>
      </PageHeader>
      <Card className={styles['list']}>
        {query.isPending ? (
          <Placeholders />
        ) : query.isError ? (
          <ProblemState error={query.error} onRetry={() => void query.refetch()} />
        ) : query.data.pages.every(({ items }) => items.length === 0) ? (
          <EmptyState icon={KeyRound} title={t('empty')}>
            <p>{t('emptyText')}</p>
          </EmptyState>
        ) : (
          <TokenTable tokens={query.data.pages.flatMap(({ items }) => items)} onRevoke={setRevoked} />
        )}
      </Card>
      {query.hasNextPage && (
        <p className={styles['more']}>
          <Button isBusy={query.isFetchingNextPage} onClick={() => void query.fetchNextPage()}>
            {t('older')}
          </Button>
        </p>
      )}
      <CreateDialog isOpen={isCreating} onClose={() => setCreating(false)} onCreated={readAnew} />
      <RevokeDialog token={revoked} onClose={() => setRevoked(undefined)} onRevoked={readAnew} />
    </>
  );
}

/** The tokens, page by page. */
function useTokens(): UseInfiniteQueryResult<InfiniteData<ApiTokenList>> {
  return useInfiniteQuery({
    ...listApiTokensInfiniteOptions({ query: { limit: PAGE_SIZE } }),
    initialPageParam: {},
    getNextPageParam: ({ page }) =>
      typeof page.nextCursor === 'string' ? { query: { cursor: page.nextCursor } } : undefined,
  });
}

function Placeholders() {
  return (
    <div className={styles['places']}>
      <Loading />
      {Array.from({ length: 4 }, (_, index) => (
        <Skeleton key={index} />
      ))}
    </div>
  );
}
