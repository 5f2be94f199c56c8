/** What narrows a list down: a search box and a button for each filter. */

import { Search } from 'lucide-react';
import { ChevronDown } from 'lucide-react';
import { useEffect, useRef, useState } from 'react';
import { useTranslations } from 'use-intl';

import { Button } from '../../ui/button';
import { classNames } from '../../ui/class-names';
import { controlClass } from '../../ui/form';
import { Menu, MenuChecks, MenuChoice } from '../../ui/menu';
import type { ChoiceFilter, Entity, SpanFilter } from './entity';
import styles from './filter-bar.module.css';
import { DateFilter } from './filter-dates';
import { type Filters, MAX_SEARCH_LENGTH, text } from './search';
import type { Row, RowKind } from './sources';
import type { ListPlace } from './use-place';
import { useWord } from './words';

/** How long nothing is typed before it is searched for. */
const PAUSE_MS = 300;

export function FilterBar<R extends Row>({ entity, place }: { entity: Entity<R>; place: ListPlace }) {
  const t = useTranslations('rows.filter');
  const set = (change: Filters, isTyping = false) =>
    place.filter(without({ ...place.filters, ...change }), { isTyping });
  return (
    <search className={styles['bar']} aria-label={t('label')}>
      <SearchBox kind={entity.kind} place={place} />
      {entity.filters.map((filter) =>
        filter.kind === 'choice' ? (
          <ChoiceMenu
            key={filter.name}
            filter={filter}
            filters={place.filters}
            onChange={(change) => set(change)}
          />
        ) : null,
      )}
      <DateFilter
        spans={entity.filters.filter((filter): filter is SpanFilter => filter.kind === 'span')}
        filters={place.filters}
        onChange={(change) => set(change, true)}
      />
    </search>
  );
}

function SearchBox({ kind, place }: { kind: RowKind; place: ListPlace }) {
  const t = useTranslations('rows.search');
  const searched = typeof place.filters['q'] === 'string' ? place.filters['q'] : '';
  const [typed, setTyped] = useState(searched);
  const [known, setKnown] = useState(searched);
  // Somebody went back, or took the filter away.
  if (known !== searched) {
    setKnown(searched);
    if (text(typed) !== text(searched)) setTyped(searched);
  }
  const latest = useRef(place);
  useEffect(() => {
    latest.current = place;
  }, [place]);
  const search = (q: string | undefined) => {
    const { filters, filter } = latest.current;
    if (q !== text(filters['q'])) filter(without({ ...filters, q }), { isTyping: true });
  };
  useEffect(() => {
    const timer = setTimeout(() => search(text(typed)), PAUSE_MS);
    return () => clearTimeout(timer);
  }, [typed]);
  return (
    <div className={styles['search']}>
      <Search className={styles['searchIcon']} aria-hidden="true" />
      <input
        type="search"
        className={classNames(controlClass, styles['searchInput'])}
        aria-label={t(kind)}
        placeholder={t(kind)}
        maxLength={MAX_SEARCH_LENGTH}
        value={typed}
        onChange={(event) => setTyped(event.target.value)}
        onKeyDown={(event) => event.key === 'Enter' && search(text(typed))}
      />
    </div>
  );
}

/** A value that stands for none: filters that are not set have no name of their own among the values. */
const ANY = '';

function ChoiceMenu({
  filter,
  filters,
  onChange,
}: {
  filter: ChoiceFilter;
  filters: Filters;
  onChange: (change: Filters) => void;
}) {
  const t = useTranslations('rows.filter');
  const word = useWord();
  const label = t(filter.name);
  const chosen = [filters[filter.name] ?? []].flat();
  const options = filter.values.map((value) => ({ value, label: word(filter.of, value) }));
  return (
    <Menu align="start" trigger={<FilterButton label={label} count={chosen.length} />}>
      {filter.isMany ? (
        <MenuChecks
          label={label}
          values={chosen}
          options={options}
          onChange={(values) =>
            onChange({ [filter.name]: filter.values.filter((value) => values.includes(value)) })
          }
        />
      ) : (
        <MenuChoice
          label={label}
          value={chosen[0] ?? ANY}
          options={[{ value: ANY, label: t('any') }, ...options]}
          onChange={(value) => onChange({ [filter.name]: value === ANY ? undefined : value })}
        />
      )}
    </Menu>
  );
}

/** A button of a filter; it says how many of its values are chosen. */
export function FilterButton({ label, count, ...others }: { label: string; count: number }) {
  return (
    <Button {...others} className={classNames(styles['button'], count > 0 && styles['isSet'])}>
      {label}
      {count > 0 && <span className={styles['count']}>{count}</span>}
      <ChevronDown className={styles['chevron']} aria-hidden="true" />
    </Button>
  );
}

/** Filters without those that are not set. */
function without(filters: Filters): Filters {
  return Object.fromEntries(
    Object.entries(filters).filter(([, value]) => value !== undefined && value.length > 0),
  );
}
