/** The newest proposals. */

import { Link } from '@tanstack/react-router';
import { FileText } from 'lucide-react';
import { useFormatter, useTranslations } from 'use-intl';

import { Badge, EmptyState } from '../../ui/surface';
import { NumberCell, NumberHead, Table } from '../../ui/table';
import { toneOf } from '../rows/words';
import { moneyText } from './figures';
import { Panel } from './panel';
import { useShown } from './query';
import styles from './recent.module.css';
import { RowsLink } from './rows-link';
import { WhenCell } from './when-cell';

/** The card. */
export function RecentProposals() {
  const t = useTranslations('dashboard.recent');
  const status = useTranslations('common.proposalStatus');
  const format = useFormatter();
  const { recentProposals } = useShown().answer;
  return (
    <Panel
      title={t('proposals')}
      part="recentProposals"
      name="recent-proposals"
      isWide
      aside={
        <Link to="/proposals" className={styles['all']}>
          {t('allProposals')}
        </Link>
      }
    >
      {recentProposals.items.length === 0 ? (
        <EmptyState icon={FileText} title={t('noProposals')} />
      ) : (
        <Table caption={t('proposals')} className={styles['table'] ?? ''}>
          <thead>
            <tr>
              <th scope="col">{t('title')}</th>
              <th scope="col">{t('status')}</th>
              <NumberHead>{t('amount')}</NumberHead>
              <NumberHead>{t('leadsCount')}</NumberHead>
              <NumberHead>{t('created')}</NumberHead>
            </tr>
          </thead>
          <tbody>
            {recentProposals.items.map((proposal) => (
              <tr key={proposal.id}>
                <td className={styles['main']}>
                  <RowsLink
                    target={{ to: '/proposals', search: { row: proposal.id } }}
                    className={styles['name']}
                  >
                    {proposal.title}
                  </RowsLink>
                  <span className={styles['note']}>
                    {t('owner', { client: proposal.clientName, owner: proposal.owner.displayName })}
                  </span>
                </td>
                <td>
                  <Badge tone={toneOf(proposal.status)}>{status(proposal.status)}</Badge>
                </td>
                <NumberCell>{moneyText(format, proposal)}</NumberCell>
                <NumberCell>{format.number(proposal.leadsCount, 'integer')}</NumberCell>
                <WhenCell instant={proposal.createdAt} />
              </tr>
            ))}
          </tbody>
        </Table>
      )}
    </Panel>
  );
}
