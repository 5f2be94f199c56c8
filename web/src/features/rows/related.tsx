/** The newest of what hangs below a row, and the way to all of it. */

import { useQuery } from '@tanstack/react-query';
import { Link } from '@tanstack/react-router';
import { useFormatter, useTranslations } from 'use-intl';

import { useIsAdmin } from '../../app/routes';
import { buttonClass } from '../../ui/button';
import { ProblemNote } from '../../ui/problem';
import { Skeleton } from '../../ui/surface';
import { Status } from './cells';
import styles from './row-dialog.module.css';
import type { Row, Source } from './sources';
import type { Vocabulary } from './words';

/** How many are shown. */
const SHOWN = 5;

export interface RelatedProps<R extends Row> {
  source: Source<R>;
  of: 'proposals' | 'leads';
  statuses: Vocabulary;
  /** The filter that makes the list those that hang below. */
  below: { userId: string } | { proposalId: string };
  /** Whether one can be made there. */
  canAdd: boolean;
}

export function Related<R extends Row>({ source, of, statuses, below, canAdd }: RelatedProps<R>) {
  const t = useTranslations('rows.row');
  const format = useFormatter();
  const isAdmin = useIsAdmin();
  const { data, error, refetch } = useQuery(source.list({ filters: below, limit: SHOWN, count: true }));
  const total = data?.page.total ?? 0;
  return (
    <section className={styles['related']} aria-labelledby={`related-${of}`}>
      <header className={styles['relatedHead']}>
        <h3 id={`related-${of}`}>
          {t(of)} {data && <span className={styles['none']}>{format.number(total)}</span>}
        </h3>
        {canAdd && isAdmin && (
          <Link
            to={source.path}
            search={{ ...below, form: 'new' } as never}
            preload={false}
            className={buttonClass({ size: 'small' })}
          >
            {t(of === 'proposals' ? 'addProposal' : 'addLead')}
          </Link>
        )}
      </header>
      {error && <ProblemNote error={error} onRetry={() => void refetch()} />}
      {!data && !error && <Skeleton className={styles['relatedRow']} />}
      {data?.items.length === 0 && (
        <p className={styles['none']}>{t(of === 'proposals' ? 'noProposals' : 'noLeads')}</p>
      )}
      <ul>
        {data?.items.map((row) => (
          <li key={row.id} className={styles['relatedRow']}>
            <Link to={source.path} search={{ ...below, row: row.id } as never} preload={false}>
              {source.nameOf(row)}
            </Link>
            <Status of={statuses} value={row.status} />
          </li>
        ))}
      </ul>
      {total > SHOWN && (
        <Link to={source.path} search={below as never} preload={false}>
          {t('all', { count: format.number(total) })}
        </Link>
      )}
    </section>
  );
}
