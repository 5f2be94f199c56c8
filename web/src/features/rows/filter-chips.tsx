/** The filters that hold at present, in words; each can be taken away. */

import { X } from 'lucide-react';
import type { ReactNode } from 'react';
import { useTranslations } from 'use-intl';

import { Button } from '../../ui/button';
import { useNameOf } from './cells';
import type { Entity, Filter, ParentFilter } from './entity';
import styles from './filter-bar.module.css';
import { isSet, spanOf } from './filter-dates';
import type { Filters } from './search';
import { PROPOSAL_SOURCE, type Row, type Source, USER_SOURCE } from './sources';
import { sayAs } from './span';
import { useSaid, useZone } from './use-day-span';
import type { ListPlace } from './use-place';
import { useWord } from './words';

export function FilterChips<R extends Row>({ entity, place }: { entity: Entity<R>; place: ListPlace }) {
  const t = useTranslations('rows.filter');
  const chips = useChips(entity.filters, place);
  if (chips.length === 0) return null;
  return (
    <div className={styles['chips']} role="group" aria-label={t('active')}>
      {chips}
      {chips.length > 1 && (
        <Button variant="quiet" size="small" onClick={() => place.filter({})}>
          {t('clear')}
        </Button>
      )}
    </div>
  );
}

function useChips(known: readonly Filter[], { filters, filter: setFilters }: ListPlace): ReactNode[] {
  const t = useTranslations('rows.filter');
  const word = useWord();
  const say = useSaid();
  const zone = useZone();
  const chips = known.flatMap((filter) => {
    const value = filters[filter.kind === 'span' ? filter.to : filter.name];
    switch (filter.kind) {
      case 'span': {
        const span = spanOf(filter, filters);
        if (!isSet(span)) return [];
        const names = filter.from === undefined ? [filter.to] : [filter.from, filter.to];
        return (
          <Chip
            key={filter.name}
            text={t('value', { name: t(filter.name), value: say(sayAs(span, zone)) })}
            onRemove={() => setFilters(leaveOut(filters, names))}
          />
        );
      }
      case 'choice':
        return [value ?? []]
          .flat()
          .map((one) => (
            <Chip
              key={`${filter.name} ${one}`}
              text={t('value', { name: t(filter.name), value: word(filter.of, one) })}
              onRemove={() => setFilters(leaveOut(filters, [filter.name], one))}
            />
          ));
      case 'parent':
        return typeof value !== 'string' ? (
          []
        ) : (
          <ParentChip
            key={filter.name}
            filter={filter}
            id={value}
            onRemove={() => setFilters(leaveOut(filters, [filter.name]))}
          />
        );
    }
  });
  const searched = filters['q'];
  return typeof searched === 'string'
    ? [
        ...chips,
        <Chip
          key="q"
          text={t('value', { name: t('q'), value: searched })}
          onRemove={() => setFilters(leaveOut(filters, ['q']))}
        />,
      ]
    : chips;
}

interface ParentChipProps {
  filter: ParentFilter;
  id: string;
  onRemove: () => void;
}

function ParentChip(props: ParentChipProps) {
  return props.filter.of === 'users' ? (
    <NamedChip source={USER_SOURCE} {...props} />
  ) : (
    <NamedChip source={PROPOSAL_SOURCE} {...props} />
  );
}

function NamedChip<R extends Row>({ source, filter, id, onRemove }: ParentChipProps & { source: Source<R> }) {
  const t = useTranslations('rows.filter');
  const value = useNameOf(source, id);
  return <Chip text={t('value', { name: t(filter.name), value })} onRemove={onRemove} />;
}

function Chip({ text, onRemove }: { text: string; onRemove: () => void }) {
  const t = useTranslations('rows.filter');
  return (
    <span className={styles['chip']}>
      <span className={styles['chipText']}>{text}</span>
      <button
        type="button"
        className={styles['chipRemove']}
        aria-label={t('remove', { filter: text })}
        onClick={onRemove}
      >
        <X size={14} aria-hidden="true" />
      </button>
    </span>
  );
}

/** Filters without those of `names`; of one with several values, without `value` only. */
export function leaveOut(filters: Filters, names: readonly string[], value?: string): Filters {
  return Object.fromEntries(
    Object.entries(filters).flatMap(([name, held]) => {
      if (!names.includes(name)) return [[name, held]];
      const rest = value === undefined ? [] : [held ?? []].flat().filter((one) => one !== value);
      return rest.length > 0 ? [[name, rest]] : [];
    }),
  );
}
