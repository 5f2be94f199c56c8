/** The filters of the log. Each takes effect at once, and stands in the address. */

import { AuditAction, AuditActorKind, AuditSubjectKind } from '@admin-metrics/client';
import { ListFilter, X } from 'lucide-react';
import { type ReactNode, useId, useState } from 'react';
import { useTranslations } from 'use-intl';

import { Button } from '../../ui/button';
import { controlClass, Select } from '../../ui/form';
import { DayInput } from '../../ui/day-input';
import { Popover } from '../../ui/popover';
import { shortId } from '../../ui/short-id';
import { Badge, Card } from '../../ui/surface';
import type { Span } from '../rows/span';
import { useDaySpan } from '../rows/use-day-span';
import { type AuditQuery, readAuditSearch } from './route';
import styles from './audit.module.css';

export interface FiltersProps {
  filters: AuditQuery;
  /** With what is to change; undefined takes a filter away. While somebody types, the address is not kept in the history. */
  onChange: (
    change: { [Name in keyof AuditQuery]: AuditQuery[Name] | undefined },
    isTyping?: boolean,
  ) => void;
  onClear: () => void;
}

export function Filters({ filters, onChange, onClear }: FiltersProps) {
  const t = useTranslations('audit.filter');
  const audit = useTranslations('audit');
  const { actorId } = filters;
  return (
    <Card aria-label={t('title')} className={styles['filters']}>
      <Labelled label={t('actorKind')}>
        <Select
          label={t('actorKind')}
          value={filters.actorKind ?? ''}
          options={[
            { value: '', label: t('anybody') },
            ...Object.values(AuditActorKind).map((value) => ({ value, label: t(`actors.${value}`) })),
          ]}
          onChange={(chosen) => onChange({ actorKind: readAuditSearch({ actorKind: chosen }).actorKind })}
        />
      </Labelled>
      <Labelled label={t('action')}>
        <ActionsFilter chosen={filters.action ?? []} onChange={(action) => onChange({ action })} />
      </Labelled>
      <Labelled label={t('subjectKind')}>
        <Select
          label={t('subjectKind')}
          value={filters.subjectKind ?? ''}
          options={[
            { value: '', label: t('anything') },
            ...Object.values(AuditSubjectKind).map((value) => ({ value, label: t(`subjects.${value}`) })),
          ]}
          onChange={(chosen) =>
            onChange({ subjectKind: readAuditSearch({ subjectKind: chosen }).subjectKind })
          }
        />
      </Labelled>
      <Days
        span={{ from: filters.createdFrom, to: filters.createdTo }}
        onChange={({ from, to }) => onChange({ createdFrom: from, createdTo: to }, true)}
      />
      <IdField
        key={`subject ${filters.subjectId ?? ''}`}
        label={t('subjectId')}
        value={filters.subjectId}
        read={(subjectId) => readAuditSearch({ subjectId }).subjectId}
        onChange={(subjectId) => onChange({ subjectId })}
      />
      <IdField
        key={`request ${filters.requestId ?? ''}`}
        label={t('requestId')}
        value={filters.requestId}
        read={(requestId) => readAuditSearch({ requestId }).requestId}
        onChange={(requestId) => onChange({ requestId })}
      />
      {/* A filter that is not set may stand there without a value. */}
      {JSON.stringify(filters) !== '{}' && (
        <p className={styles['clear']}>
          {actorId !== undefined && <Badge tone="accent">{t('actorId', { id: shortId(actorId) })}</Badge>}
          <Button size="small" variant="quiet" icon={X} onClick={onClear}>
            {audit('clear')}
          </Button>
        </p>
      )}
    </Card>
  );
}

function Labelled({ label, children }: { label: string; children: ReactNode }) {
  return (
    <div className={styles['labelled']}>
      <span aria-hidden="true">{label}</span>
      {children}
    </div>
  );
}

function ActionsFilter({
  chosen,
  onChange,
}: {
  chosen: readonly AuditAction[];
  onChange: (chosen: AuditAction[] | undefined) => void;
}) {
  const t = useTranslations('audit.filter');
  const words = useTranslations('audit.action');
  const name =
    chosen.length === 0
      ? t('everyAction')
      : chosen.length === 1 && chosen[0]
        ? words(chosen[0])
        : t('actions', { count: chosen.length });
  const set = (action: AuditAction, isChosen: boolean) => {
    const others = chosen.filter((other) => other !== action);
    const all = isChosen ? [...others, action] : others;
    onChange(all.length > 0 ? all : undefined);
  };
  return (
    <Popover
      title={t('chooseActions')}
      trigger={
        <Button icon={ListFilter} className={styles['actions'] ?? ''} aria-label={`${t('action')}: ${name}`}>
          {name}
        </Button>
      }
    >
      <ul className={styles['choices']}>
        {Object.values(AuditAction).map((action) => (
          <li key={action}>
            <label>
              <input
                type="checkbox"
                checked={chosen.includes(action)}
                onChange={(event) => set(action, event.target.checked)}
              />
              {words(action)}
            </label>
          </li>
        ))}
      </ul>
    </Popover>
  );
}

function Days({ span, onChange }: { span: Span; onChange: (span: Span) => void }) {
  const t = useTranslations('audit.filter');
  const id = useId();
  const { dayOf, setDay, fault, note } = useDaySpan(span, onChange);
  const text = fault ?? note;
  return (['from', 'to'] as const).map((end) => (
    <div key={end} className={styles['labelled']}>
      <label htmlFor={`${id}-${end}`}>{t(end)}</label>
      <DayInput
        id={`${id}-${end}`}
        day={dayOf(end)}
        aria-invalid={fault !== undefined}
        aria-describedby={text && `${id}-text`}
        onChange={(day) => setDay(end, day)}
      />
      {end === 'to' && text !== undefined && (
        <span id={`${id}-text`} {...(fault !== undefined && { role: 'alert', className: styles['wrong'] })}>
          {text}
        </span>
      )}
    </div>
  ));
}

/** An id is taken when it is complete: on Enter, or when the field is left. */
function IdField({
  label,
  value,
  read,
  onChange,
}: {
  label: string;
  value: string | undefined;
  read: (text: string) => string | undefined;
  onChange: (value: string | undefined) => void;
}) {
  const t = useTranslations('audit.filter');
  const id = useId();
  const [isWrong, setWrong] = useState(false);
  const take = (text: string) => {
    const taken = read(text.trim());
    setWrong(text.trim() !== '' && taken === undefined);
    if (taken !== value && (taken !== undefined || text.trim() === '')) onChange(taken);
  };
  return (
    <div className={styles['labelled']}>
      <label htmlFor={id}>{label}</label>
      <input
        id={id}
        type="text"
        spellCheck={false}
        autoComplete="off"
        className={controlClass}
        defaultValue={value}
        aria-invalid={isWrong}
        aria-describedby={isWrong ? `${id}-wrong` : undefined}
        onBlur={(event) => take(event.target.value)}
        onKeyDown={(event) => event.key === 'Enter' && take(event.currentTarget.value)}
      />
      {isWrong && (
        <span id={`${id}-wrong`} role="alert" className={styles['wrong']}>
          {t('notAnId')}
        </span>
      )}
    </div>
  );
}
