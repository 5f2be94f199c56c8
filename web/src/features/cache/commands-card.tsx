/** The commands sent to Redis by all instances, against the month's budget. */

import type { FleetCommands } from '@admin-metrics/client';
import { useFormatter, useTranslations } from 'use-intl';

import { Badge, Card, CardHeader, EmptyState, type Tone } from '../../ui/surface';
import { type Level, levelOf, type Outlook, outlookOf } from './budget';
import { Meter } from './meter';
import styles from './cache.module.css';

const TONES: Record<Outlook, Tone> = {
  none: 'neutral',
  within: 'good',
  close: 'warn',
  over: 'bad',
  'used-up': 'bad',
};

const LEVEL_TONES: Record<Level, Tone> = { 0: 'good', 1: 'warn', 2: 'bad', 3: 'bad' };

export function CommandsCard({ commands }: { commands: FleetCommands | null }) {
  const t = useTranslations('cache.commands');
  if (!commands) {
    return (
      <Card aria-labelledby="cache-commands">
        <CardHeader id="cache-commands" title={t('title')} note={t('note')} />
        <EmptyState title={t('noRedis')} />
      </Card>
    );
  }
  const outlook = outlookOf(commands);
  return (
    <Card aria-labelledby="cache-commands">
      <CardHeader id="cache-commands" title={t('title')} note={t('note')}>
        <Badge tone={TONES[outlook]}>{t(`outlook.${outlook}`)}</Badge>
      </CardHeader>
      <div className={styles['body']}>
        <Figures commands={commands} />
        <Budget commands={commands} />
        {!commands.complete && <p className={styles['remark']}>{t('incomplete')}</p>}
        <ByKind byKind={commands.byKind} />
      </div>
    </Card>
  );
}

function Figures({ commands }: { commands: FleetCommands }) {
  const t = useTranslations('cache.commands');
  const format = useFormatter();
  const figures = [
    ['today', commands.today, commands.costToday],
    ['month', commands.month, commands.costMonth],
    ['forecast', commands.forecast, commands.costForecast],
  ] as const;
  return (
    <dl className={styles['figures']}>
      {figures.map(([name, count, cost]) => (
        <div key={name}>
          <dt>{t(name)}</dt>
          <dd>
            <strong>{format.number(count)}</strong>
            {cost !== null && (
              <span>{t('cost', { cost: format.number(cost, { maximumSignificantDigits: 3 }) })}</span>
            )}
          </dd>
        </div>
      ))}
    </dl>
  );
}

function Budget({ commands }: { commands: FleetCommands }) {
  const t = useTranslations('cache.commands');
  const format = useFormatter();
  const { budget, month, forecast } = commands;
  if (budget === null) return <p className={styles['remark']}>{t('noBudget')}</p>;
  const level = levelOf(commands.level);
  const share = (count: number) => format.number(budget > 0 ? count / budget : 1, 'percent');
  return (
    <>
      <Meter
        label={t('budget')}
        value={month}
        max={budget}
        mark={forecast}
        text={t('ofBudget', {
          month: format.number(month),
          budget: format.number(budget),
          part: share(month),
          forecast: share(forecast),
        })}
      />
      <p className={styles['level']}>
        <Badge tone={LEVEL_TONES[level]}>{t('level', { level: String(level) })}</Badge>{' '}
        {t(`levels.level${level}`)}
      </p>
    </>
  );
}

/** Kinds that the page has a word for; of another one, of a newer service, its own is shown. */
const KINDS = [
  'read',
  'store',
  'invalidate',
  'start',
  'subscribe',
  'info',
  'budget',
  'connect',
  'script',
  'inner',
] as const;

function ByKind({ byKind }: { byKind: Record<string, number> }) {
  const t = useTranslations('cache.commands');
  const format = useFormatter();
  const kinds = Object.entries(byKind).sort(([, one], [, other]) => other - one);
  return (
    <details className={styles['more']}>
      <summary>{t('byKind')}</summary>
      <dl className={styles['counts']}>
        {kinds.map(([name, count]) => {
          const known = KINDS.find((kind) => kind === name);
          return (
            <div key={name}>
              <dt>{known ? t(`kinds.${known}`) : name}</dt>
              <dd>{format.number(count)}</dd>
            </div>
          );
        })}
      </dl>
    </details>
  );
}
