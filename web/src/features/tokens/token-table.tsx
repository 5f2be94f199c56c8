/** The tokens, newest first: those that work, and those that no longer do, for the record. */

import type { ApiToken } from '@admin-metrics/client';
import { Ban } from 'lucide-react';
import { useFormatter, useNow, useTranslations } from 'use-intl';

import { Button } from '../../ui/button';
import { classNames } from '../../ui/class-names';
import { Badge } from '../../ui/surface';
import { Table } from '../../ui/table';
import { STATE_TONES, stateOf } from './state';
import styles from './tokens.module.css';

export interface TokenTableProps {
  tokens: readonly ApiToken[];
  onRevoke: (token: ApiToken) => void;
}

export function TokenTable({ tokens, onRevoke }: TokenTableProps) {
  const t = useTranslations('tokens');
  return (
    <Table caption={t('caption')}>
      <thead>
        <tr>
          <th scope="col">{t('name')}</th>
          <th scope="col">{t('role')}</th>
          <th scope="col">{t('state.title')}</th>
          <th scope="col">{t('expires')}</th>
          <th scope="col">{t('lastUsed')}</th>
          <th scope="col">{t('created')}</th>
          <th scope="col">
            <span className="visually-hidden">{t('actions')}</span>
          </th>
        </tr>
      </thead>
      <tbody>
        {tokens.map((token) => (
          <Row key={token.id} token={token} onRevoke={() => onRevoke(token)} />
        ))}
      </tbody>
    </Table>
  );
}

function Row({ token, onRevoke }: { token: ApiToken; onRevoke: () => void }) {
  const t = useTranslations('tokens');
  const roles = useTranslations('common.role');
  const format = useFormatter();
  const now = useNow({ updateInterval: 60_000 });
  const state = stateOf(token, now);
  const works = state === 'active' || state === 'ending';
  return (
    <tr className={classNames(!works && styles['over'])}>
      <th scope="row" className={styles['name']}>
        {token.name}
      </th>
      <td>{roles(token.role)}</td>
      <td>
        <Badge tone={STATE_TONES[state]}>{t(`state.${state}`)}</Badge>
      </td>
      <td>
        {token.revokedAt !== null ? (
          <Moment at={token.revokedAt} />
        ) : token.expiresAt === null ? (
          t('never')
        ) : (
          <Moment at={token.expiresAt} />
        )}
      </td>
      <td>{token.lastUsedAt === null ? t('notUsed') : <Moment at={token.lastUsedAt} />}</td>
      <td className={styles['created']}>
        {format.dateTime(new Date(token.createdAt), 'day')}
        <span className={styles['maker']}>{token.createdBy?.email ?? t('operator')}</span>
      </td>
      <td className={styles['action']}>
        {works && (
          <Button
            size="small"
            icon={Ban}
            aria-label={t('revokeToken', { name: token.name })}
            onClick={onRevoke}
          >
            {t('revoke')}
          </Button>
        )}
      </td>
    </tr>
  );
}

/** How long ago or ahead, and when. */
function Moment({ at }: { at: string }) {
  const format = useFormatter();
  const now = useNow({ updateInterval: 60_000 });
  const date = new Date(at);
  return (
    <time dateTime={at} className={styles['moment']}>
      {format.relativeTime(date, now)}
      <span className={styles['maker']}>{format.dateTime(date, 'minute')}</span>
    </time>
  );
}
