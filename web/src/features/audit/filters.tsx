/** The filters of the log. Each takes effect at once, and stands in the address. */

import { AuditAction, AuditActorKind, AuditSubjectKind } from '@admin-metrics/client';
import { ListFilter, X } from 'lucide-react';
import { type ReactNode, useId, useState } from 'react';
import { useTranslations } from 'use-intl';

import { Button } from '../../ui/button';
import { controlClass, Select } from '../../ui/form';
import { Popover } from '../../ui/popover';
import { Badge, Card } from '../../ui/surface';
import { dayOf, startOfDay } from './days';
import { shortId } from './entry';
import { type AuditQuery, readAuditSearch } from './route';
import styles from './audit.module.css';

export interface FiltersProps {
  filters: AuditQuery;
  /** With what is to change; undefined takes a filter away. */
  onChange: (change: { [Name in keyof AuditQuery]: AuditQuery[Name] | undefined }) => void;
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
      <DayField
        label={t('from')}
        day={filters.createdFrom === undefined ? '' : dayOf(filters.createdFrom)}
        onChange={(day) => onChange({ createdFrom: startOfDay(day) })}
      />
      <DayField
        label={t('to')}
        day={filters.createdTo === undefined ? '' : dayOf(filters.createdTo, true)}
        onChange={(day) => onChange({ createdTo: startOfDay(day, 1) })}
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
      {Object.values(filters).some((value) => value !== undefined) && (
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

function DayField({ label, day, onChange }: { label: string; day: string; onChange: (day: string) => void }) {
  const id = useId();
  return (
    <div className={styles['labelled']}>
      <label htmlFor={id}>{label}</label>
      <input
        id={id}
        type="date"
        className={controlClass}
        value={day}
        onChange={(event) => onChange(event.target.value)}
      />
    </div>
  );
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
