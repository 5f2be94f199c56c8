/** The newest users. */

import { Link } from '@tanstack/react-router';
import { Users } from 'lucide-react';
import { useFormatter, useTranslations } from 'use-intl';

import { Badge, EmptyState } from '../../ui/surface';
import { NumberCell, NumberHead, Table } from '../../ui/table';
import { toneOf } from '../rows/words';
import { Panel } from './panel';
import { useShown } from './query';
import styles from './recent.module.css';
import { RowsLink } from './rows-link';
import { WhenCell } from './when-cell';

/** The card. */
export function RecentUsers() {
  const t = useTranslations('dashboard.recent');
  const status = useTranslations('common.userStatus');
  const format = useFormatter();
  const { recentUsers } = useShown().answer;
  return (
    <Panel
      title={t('users')}
      part="recentUsers"
      name="recent-users"
      isWide
      aside={
        <Link to="/users" className={styles['all']}>
          {t('allUsers')}
        </Link>
      }
    >
      {recentUsers.items.length === 0 ? (
        <EmptyState icon={Users} title={t('noUsers')} />
      ) : (
        <Table caption={t('users')} className={styles['table'] ?? ''}>
          <thead>
            <tr>
              <th scope="col">{t('name')}</th>
              <th scope="col">{t('status')}</th>
              <NumberHead>{t('proposalsCount')}</NumberHead>
              <NumberHead>{t('created')}</NumberHead>
            </tr>
          </thead>
          <tbody>
            {recentUsers.items.map((user) => (
              <tr key={user.id}>
                <td className={styles['main']}>
                  <RowsLink target={{ to: '/users', search: { row: user.id } }} className={styles['name']}>
                    {user.displayName}
                  </RowsLink>
                  <span className={styles['note']}>{user.email}</span>
                </td>
                <td>
                  <Badge tone={toneOf(user.status)}>{status(user.status)}</Badge>
                </td>
                <NumberCell>{format.number(user.proposalsCount, 'integer')}</NumberCell>
                <WhenCell instant={user.createdAt} />
              </tr>
            ))}
          </tbody>
        </Table>
      )}
    </Panel>
  );
}
