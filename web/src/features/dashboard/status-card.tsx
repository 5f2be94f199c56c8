/** How many of the rows created in the period have each status now. */

import { ListChecks } from 'lucide-react';
import { useFormatter, useTranslations } from 'use-intl';

import { EmptyState } from '../../ui/surface';
import { Bar } from './bar';
import { type RowsTarget, rowsOfLeadStatus, rowsOfProposalStatus } from './drill-down';
import { Panel } from './panel';
import { useShown } from './query';
import { RowsLink } from './rows-link';
import styles from './status-card.module.css';

interface Row {
  status: string;
  name: string;
  count: number;
  target: RowsTarget;
}

/** The proposals. */
export function ProposalStatusCard() {
  const status = useTranslations('common.proposalStatus');
  const { proposalsByStatus, meta } = useShown().answer.overview;
  const rows = proposalsByStatus.map((row) => ({
    ...row,
    name: status(row.status),
    target: rowsOfProposalStatus(row.status, meta),
  }));
  return <StatusCard of="proposals" rows={rows} />;
}

/** The leads. */
export function LeadStatusCard() {
  const status = useTranslations('common.leadStatus');
  const { leadsByStatus, meta } = useShown().answer.overview;
  const rows = leadsByStatus.map((row) => ({
    ...row,
    name: status(row.status),
    target: rowsOfLeadStatus(row.status, meta),
  }));
  return <StatusCard of="leads" rows={rows} />;
}

function StatusCard({ of, rows }: { of: 'proposals' | 'leads'; rows: readonly Row[] }) {
  const t = useTranslations('dashboard.status');
  const format = useFormatter();
  const total = rows.reduce((sum, { count }) => sum + count, 0);
  const most = Math.max(...rows.map(({ count }) => count));
  return (
    <Panel title={t(of)} note={t('note')} part="overview" name={`${of}-by-status`}>
      {total === 0 ? (
        <EmptyState icon={ListChecks} title={t('none')} />
      ) : (
        <table className={styles['bars']}>
          <thead className="visually-hidden">
            <tr>
              <th scope="col">{t('status')}</th>
              <td />
              <th scope="col">{t('count')}</th>
              <th scope="col">{t('share')}</th>
            </tr>
          </thead>
          <tbody>
            {rows.map(({ status, name, count, target }) => (
              <tr key={status} data-status={status}>
                <th scope="row">{name}</th>
                <td className={styles['bar']}>
                  <Bar of={of} share={count / most} />
                </td>
                <td className={styles['count']}>
                  <RowsLink
                    target={target}
                    label={t('row', { status: name, count: format.number(count, 'integer') })}
                  >
                    {format.number(count, 'integer')}
                  </RowsLink>
                </td>
                <td className={styles['share']}>{format.number(count / total, 'percent')}</td>
              </tr>
            ))}
          </tbody>
        </table>
      )}
    </Panel>
  );
}
