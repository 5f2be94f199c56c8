/** All cards of the dashboard, and the room that they will take. */

import { useTranslations } from 'use-intl';

import { classNames } from '../../ui/class-names';
import { ChartCard, ChartCardSkeleton } from './chart-card';
import styles from './content.module.css';
import { FunnelCard } from './funnel-card';
import { KpiGroups, KpiGroupsSkeleton } from './kpi-groups';
import { PanelSkeleton } from './panel';
import { RecentProposals } from './recent-proposals';
import { RecentUsers } from './recent-users';
import { LeadStatusCard, ProposalStatusCard } from './status-card';

/** The cards. */
export function DashboardContent() {
  return (
    <div className={styles['content']}>
      <KpiGroups />
      <div className={styles['pair']}>
        <ChartCard chart="proposals" />
        <ChartCard chart="leads" />
      </div>
      <div className={styles['pair']}>
        <ChartCard chart="users" />
        <FunnelCard />
      </div>
      <div className={styles['pair']}>
        <ProposalStatusCard />
        <LeadStatusCard />
      </div>
      <div className={classNames(styles['pair'], styles['lists'])}>
        <RecentUsers />
        <RecentProposals />
      </div>
    </div>
  );
}

/** Nothing that comes moves anything. */
export function DashboardSkeleton() {
  const t = useTranslations('dashboard');
  return (
    <div className={styles['content']}>
      <KpiGroupsSkeleton />
      <div className={styles['pair']}>
        <ChartCardSkeleton chart="proposals" />
        <ChartCardSkeleton chart="leads" />
      </div>
      <div className={styles['pair']}>
        <ChartCardSkeleton chart="users" />
        <PanelSkeleton title={t('funnel.title')} size="bars" />
      </div>
      <div className={styles['pair']}>
        <PanelSkeleton title={t('status.proposals')} size="bars" />
        <PanelSkeleton title={t('status.leads')} size="bars" />
      </div>
      <div className={classNames(styles['pair'], styles['lists'])}>
        <PanelSkeleton title={t('recent.users')} size="rows" />
        <PanelSkeleton title={t('recent.proposals')} size="rows" />
      </div>
    </div>
  );
}
