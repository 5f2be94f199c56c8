/** Somebody else has changed the row meanwhile: what they made of it, what one would make of it, and what is to be. */

import { useFormatter, useTranslations } from 'use-intl';

import { moneyFormat } from '../../i18n/money';
import { Button } from '../../ui/button';
import { DialogActions } from '../../ui/dialog';
import { ProblemNote } from '../../ui/problem';
import { Badge } from '../../ui/surface';
import { Table } from '../../ui/table';
import styles from './conflict.module.css';
import { draftOf, groupsOf } from './draft';
import type { Draft, Entity, FieldLabel } from './entity';
import type { Row } from './sources';
import { differencesOf } from './three-way';
import { useWord } from './words';

export interface ConflictProps<R extends Row> {
  entity: Entity<R>;
  /** The row as it was when one began. */
  base: R;
  /** The row as it is; undefined where it is gone. */
  theirs: R | undefined;
  /** What one would change. */
  patch: Draft;
  isBusy: boolean;
  error: unknown;
  onKeepMine: (theirs: R) => void;
  onTakeTheirs: (theirs: R | undefined) => void;
  onBack: () => void;
}

export function Conflict<R extends Row>({ theirs, error, ...others }: ConflictProps<R>) {
  const t = useTranslations('editing.conflict');
  const { isBusy, onKeepMine, onTakeTheirs, onBack } = others;
  if (!theirs) {
    return (
      <div role="alert">
        <p>{t('gone')}</p>
        <DialogActions>
          <Button onClick={onBack}>{t('back')}</Button>
          <Button variant="primary" onClick={() => onTakeTheirs(undefined)}>
            {t('close')}
          </Button>
        </DialogActions>
      </div>
    );
  }
  return (
    <section className={styles['conflict']} aria-labelledby="conflict-title">
      <div role="alert">
        <h3 id="conflict-title">{t('title')}</h3>
        <p>{t('text')}</p>
      </div>
      <Differences theirs={theirs} {...others} />
      <p className={styles['hint']}>{t('hint')}</p>
      {error !== null && <ProblemNote error={error} />}
      <DialogActions>
        <Button variant="quiet" onClick={onBack}>
          {t('back')}
        </Button>
        <Button onClick={() => onTakeTheirs(theirs)}>{t('takeTheirs')}</Button>
        <Button variant="primary" isBusy={isBusy} onClick={() => onKeepMine(theirs)}>
          {t('keepMine')}
        </Button>
      </DialogActions>
    </section>
  );
}

function Differences<R extends Row>({
  entity,
  base,
  theirs,
  patch,
}: Pick<ConflictProps<R>, 'entity' | 'base' | 'patch'> & { theirs: R }) {
  const t = useTranslations('editing.conflict');
  const field = useTranslations('editing.field');
  const valueText = useValueText(entity);
  // The status is not in every form, and may have been moved.
  const inForm = groupsOf(entity.form);
  const groups = inForm.flat().includes('status') ? inForm : [...inForm, ['status']];
  const before = { ...draftOf(entity.form, base), status: base.status };
  const now = { ...draftOf(entity.form, theirs), status: theirs.status };
  const differences = differencesOf(groups, before, now, patch);
  return (
    <>
      {differences.every((difference) => difference.theirs === undefined) && <p>{t('same')}</p>}
      <Table caption={t('title')} className={styles['table'] ?? ''}>
        <thead>
          <tr>
            <th scope="col">{t('field')}</th>
            <th scope="col">{t('before')}</th>
            <th scope="col">{t('theirs')}</th>
            <th scope="col">{t('mine')}</th>
          </tr>
        </thead>
        <tbody>
          {differences.map(({ name, before: was, theirs: is, mine, isContested }) => (
            <tr key={name} data-field={name}>
              <th scope="row">{field(name as FieldLabel)}</th>
              <td>{valueText(name, was, before)}</td>
              <td>
                {is === undefined ? (
                  t('none')
                ) : (
                  <Badge tone={isContested ? 'warn' : 'info'}>{valueText(name, is, now)}</Badge>
                )}
              </td>
              <td>
                {mine === undefined ? (
                  t('none')
                ) : (
                  <Badge tone={isContested ? 'warn' : 'info'}>
                    {valueText(name, mine, { ...before, ...patch })}
                  </Badge>
                )}
              </td>
            </tr>
          ))}
        </tbody>
      </Table>
    </>
  );
}

/** A field's value as people say it; an amount together with the currency of the same draft. */
function useValueText<R extends Row>(
  entity: Entity<R>,
): (name: string, value: Draft[string] | undefined, draft: Draft) => string {
  const word = useWord();
  const format = useFormatter();
  return (name, value, draft) => {
    if (value === undefined) return '';
    if (typeof value === 'number') {
      return format.number(...moneyFormat({ amountMinor: value, currency: String(draft['currency']) }));
    }
    if (name === 'status') return word(entity.statuses, value);
    const field = entity.form.find((known) => known.kind === 'choice' && known.name === name);
    return field?.kind === 'choice' ? word(field.of, value) : value;
  };
}
