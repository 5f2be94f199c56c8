/** The form for a new row, or for one that there is: what was changed meanwhile is shown before anything of it is lost. */

import { isProblem } from '@admin-metrics/client';
import { useMutation, useQueryClient } from '@tanstack/react-query';
import { useState } from 'react';
import { useFormatter, useLocale, useTranslations } from 'use-intl';

import { moneyFormat } from '../../i18n/money';
import { Button } from '../../ui/button';
import { DialogActions } from '../../ui/dialog';
import { Form } from '../../ui/form';
import { useProblemText } from '../../ui/problem';
import { showToast } from '../../ui/toast';
import { MAX_MINOR } from './amount';
import { Conflict } from './conflict';
import { changesOf, draftOf, type Fault, readDraft, textsOf } from './draft';
import type { Draft, Entity } from './entity';
import { FormFields } from './form-fields';
import styles from './row-form.module.css';
import type { Row } from './sources';
import { useKeep } from './use-keep';

export interface RowFormProps<R extends Row> {
  entity: Entity<R>;
  /** The row to change; a new one is made without. */
  row?: R;
  /** What a new row begins with. */
  initial?: Draft;
  onTyped: () => void;
  /** Hears of the row as it is now; of none where it is gone. */
  onDone: (row: R | undefined) => void;
  onCancel: () => void;
}

interface Change<R> {
  row: R;
  patch: Draft;
}

export function RowForm<R extends Row>({
  entity,
  row,
  initial = {},
  onTyped,
  onDone,
  onCancel,
}: RowFormProps<R>) {
  const t = useTranslations('editing');
  const locale = useLocale();
  const faultText = useFaultText();
  const problemText = useProblemText();
  const queryClient = useQueryClient();
  const { keep } = useKeep(entity);
  // What is typed refers to the row as it was then, however it changes meanwhile.
  const [base] = useState(row);
  const [faults, setFaults] = useState<Record<string, string>>({});
  const [conflict, setConflict] = useState<{ theirs: R | undefined; patch: Draft }>();
  const fields = entity.form.filter(({ kind }) => base === undefined || kind !== 'parent');
  const [texts] = useState(() => textsOf(fields, base ? draftOf(fields, base) : initial, locale));

  const told = (saved: R, text: 'created' | 'saved') => {
    keep(saved);
    showToast({ kind: 'success', title: t(text, { name: entity.nameOf(saved) }) });
  };
  const create = useMutation({
    mutationFn: (draft: Draft) => entity.create(draft),
    onSuccess: (saved) => told(saved, 'created'),
  });
  const update = useMutation({
    mutationFn: ({ row: seen, patch }: Change<R>) => entity.update(seen, patch),
    onSuccess: (saved) => told(saved, 'saved'),
    onError: async (error, { row: seen, patch }) => {
      if (isProblem(error, 'not-found')) setConflict({ theirs: undefined, patch });
      if (isProblem(error, 'lost-update')) await showTheirs(seen.id, patch);
    },
  });
  // Whoever has left meanwhile is not called back.
  const here = { onSuccess: (saved: R) => onDone(saved) };
  const showTheirs = async (id: string, patch: Draft) => {
    try {
      setConflict({ theirs: await queryClient.query({ ...entity.get(id), staleTime: 0 }), patch });
    } catch (error) {
      if (isProblem(error, 'not-found')) setConflict({ theirs: undefined, patch });
      else showToast({ kind: 'error', title: problemText(error) });
    }
  };
  const submit = (values: Record<string, string>) => {
    const { draft, faults: found } = readDraft(fields, values, locale);
    setFaults(
      Object.fromEntries(
        Object.entries(found).map(([name, fault]) => [name, faultText(fault, String(draft['currency']))]),
      ),
    );
    if (Object.keys(found).length > 0) return;
    if (!base) {
      create.mutate(draft, here);
      return;
    }
    const patch = changesOf(fields, draftOf(fields, base), draft);
    if (Object.keys(patch).length > 0) {
      update.mutate({ row: base, patch }, here);
    } else {
      showToast({ title: t('unchanged') });
      onDone(base);
    }
  };
  const error = isProblem(update.error, 'lost-update', 'not-found') ? null : (create.error ?? update.error);
  return (
    <>
      {conflict && base && (
        <Conflict
          entity={entity}
          base={base}
          theirs={conflict.theirs}
          patch={conflict.patch}
          isBusy={update.isPending}
          error={error}
          onKeepMine={(theirs) => update.mutate({ row: theirs, patch: conflict.patch }, here)}
          onTakeTheirs={onDone}
          onBack={() => setConflict(undefined)}
        />
      )}
      {/* What is typed stays while a conflict is shown. */}
      <div hidden={conflict !== undefined} onInput={onTyped} className={styles['form']}>
        <Form error={error} ownErrors={faults} onSubmit={submit}>
          <FormFields fields={fields} texts={texts} onTyped={onTyped} />
          <DialogActions>
            <Button onClick={onCancel}>{t('cancel')}</Button>
            <Button variant="primary" type="submit" isBusy={create.isPending || update.isPending}>
              {base ? t('save') : t('submit')}
            </Button>
          </DialogActions>
        </Form>
      </div>
    </>
  );
}

function useFaultText(): (fault: Fault, currency: string) => string {
  const t = useTranslations('editing');
  const format = useFormatter();
  return (fault, currency) => {
    switch (fault.kind) {
      case 'needed':
        return t('needed');
      case 'format':
        return t('amount.format', { example: format.number(1234.5) });
      case 'digits':
        return t('amount.digits', { currency, digits: fault.digits });
      case 'range':
        return t('amount.range', {
          limit: format.number(...moneyFormat({ amountMinor: MAX_MINOR, currency })),
        });
    }
  };
}
