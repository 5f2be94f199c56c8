/** The row that another one belongs to, found by its name. */

import { keepPreviousData, useQuery } from '@tanstack/react-query';
import { type ReactNode, useEffect, useState } from 'react';
import { useTranslations } from 'use-intl';

import { type Choice, ComboboxField } from '../../ui/combobox';
import { useProblemText } from '../../ui/problem';
import { text } from './search';
import type { Row, Source } from './sources';

/** How many are shown of what was found. */
const SHOWN = 20;
const PAUSE_MS = 200;

export interface ParentFieldProps<R extends Row> {
  source: Source<R>;
  name: string;
  label: ReactNode;
  /** The one that is chosen at first. */
  initialId: string | undefined;
  onChosen: () => void;
}

export function ParentField<R extends Row>({
  source,
  name,
  label,
  initialId,
  onChosen,
}: ParentFieldProps<R>) {
  const t = useTranslations('editing.choose');
  const problemText = useProblemText();
  const [chosen, setChosen] = useState<Choice | null>();
  const [typed, setTyped] = useState('');
  const searched = usePaused(typed);
  const choiceOf = (row: R): Choice => ({ id: row.id, name: source.nameOf(row), note: source.noteOf(row) });
  const initial = useQuery({ ...source.get(initialId ?? ''), enabled: initialId !== undefined });
  const value = chosen === undefined ? (initial.data === undefined ? null : choiceOf(initial.data)) : chosen;
  // What is chosen stands in the field: that is nothing to search for.
  const q = value?.name === searched ? undefined : text(searched);
  const found = useQuery({
    ...source.list({ filters: q === undefined ? {} : { q }, limit: SHOWN }),
    placeholderData: keepPreviousData,
  });
  const choices = (found.data?.items ?? []).map(choiceOf);
  const status = () => {
    if (found.error) return problemText(found.error);
    if (found.isPending || found.isPlaceholderData) return t('searching');
    return choices.length === 0 ? t('none') : null;
  };
  return (
    <ComboboxField
      name={name}
      label={label}
      placeholder={t(source.kind === 'users' ? 'users' : 'proposals')}
      openLabel={t('open')}
      clearLabel={t('clear')}
      value={value}
      onChange={(choice) => {
        setChosen(choice);
        onChosen();
      }}
      // What is chosen is among the choices, or it could not be.
      choices={value && !choices.some(({ id }) => id === value.id) ? [...choices, value] : choices}
      onSearch={setTyped}
      status={status()}
    />
  );
}

/** What was typed, once nothing more is for a moment. */
function usePaused(typed: string): string {
  const [paused, setPaused] = useState(typed);
  useEffect(() => {
    const timer = setTimeout(() => setPaused(typed), PAUSE_MS);
    return () => clearTimeout(timer);
  }, [typed]);
  return paused;
}
