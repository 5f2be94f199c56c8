/** All key figures, by what they are about. */

import { type Kpi, KpiKey } from '@admin-metrics/client';
import { useTranslations } from 'use-intl';

import { Card, Skeleton } from '../../ui/surface';
import { KpiCard } from './kpi-card';
import cardStyles from './kpi-card.module.css';
import styles from './kpi-groups.module.css';
import { useShown } from './query';

/** Which figures stand together. */
const GROUPS = {
  users: [KpiKey.USERS_TOTAL, KpiKey.USERS_NEW, KpiKey.ACTIVATION_RATE],
  proposals: [KpiKey.PROPOSALS_NEW, KpiKey.PROPOSALS_SENT, KpiKey.ACCEPTANCE_RATE, KpiKey.PENDING_AMOUNT],
  leads: [KpiKey.LEADS_NEW, KpiKey.LEAD_CONVERSION_RATE, KpiKey.LEADS_PER_PROPOSAL],
} as const;

type Group = keyof typeof GROUPS;

const GROUP_NAMES = Object.keys(GROUPS) as Group[];

/** The cards of all figures. */
export function KpiGroups() {
  const { kpis } = useShown().answer.overview;
  return GROUP_NAMES.map((group) => (
    <KpiGroup key={group} group={group}>
      {GROUPS[group]
        .flatMap((key): Kpi[] => kpis.filter((kpi) => kpi.key === key))
        .map((kpi) => (
          <KpiCard key={kpi.key} kpi={kpi} />
        ))}
    </KpiGroup>
  ));
}

/** As much room as the cards take. */
export function KpiGroupsSkeleton() {
  return GROUP_NAMES.map((group) => (
    <KpiGroup key={group} group={group}>
      {GROUPS[group].map((key) => (
        <Card key={key} className={cardStyles['card']}>
          <Skeleton className={styles['skeleton']} />
        </Card>
      ))}
    </KpiGroup>
  ));
}

function KpiGroup({ group, children }: { group: Group; children: React.ReactNode }) {
  const t = useTranslations('dashboard.groups');
  return (
    <section aria-labelledby={`group-${group}`}>
      <h2 id={`group-${group}`} className={styles['title']}>
        {t(group)}
      </h2>
      <div className={styles[group]}>{children}</div>
    </section>
  );
}
