/** What can be done with the rows that are chosen, and what became of it. */

import { useMutation } from '@tanstack/react-query';
import { ArrowRight } from 'lucide-react';
import { useState } from 'react';
import { useTranslations } from 'use-intl';

import { Button } from '../../ui/button';
import { Dialog, DialogActions } from '../../ui/dialog';
import { Menu, MenuItem } from '../../ui/menu';
import { useProblemText } from '../../ui/problem';
import { Badge, type Tone } from '../../ui/surface';
import { Table } from '../../ui/table';
import { showToast } from '../../ui/toast';
import { type BulkResult, MAX_BULK, type Outcome, refusalOf, resultOf } from './bulk';
import styles from './bulk-bar.module.css';
import type { Entity, Moved } from './entity';
import { commonMoves } from './moves';
import type { Row } from './sources';
import { useKeep } from './use-keep';
import { useWord } from './words';

type Chosen<R> = ReadonlyMap<string, R>;

export interface BulkBarProps<R extends Row> {
  entity: Entity<R>;
  chosen: Chosen<R>;
  onChange: (chosen: Chosen<R>) => void;
}

interface Attempt<R> {
  ids: string[];
  rows: Chosen<R>;
  status: string;
}

export function BulkBar<R extends Row>({ entity, chosen, onChange }: BulkBarProps<R>) {
  const t = useTranslations('editing.bulk');
  const word = useWord();
  const problemText = useProblemText();
  const { refresh } = useKeep(entity);
  const [shown, setShown] = useState<BulkResult & Attempt<R>>();
  const { mutate, isPending } = useMutation({
    mutationFn: ({ ids, status }: Attempt<R>): Promise<Moved> =>
      entity.moveMany
        ? entity.moveMany(ids, status)
        : Promise.reject(new Error('these do not move together')),
    onSuccess: (moved, attempt) => {
      const { counts } = moved;
      showToast({
        kind: 'success',
        title: t('done', { moved: counts.moved, status: word(entity.statuses, attempt.status) }),
      });
      onChange(new Map());
      // Where all have moved, there is nothing to say of each.
      if (counts.moved < attempt.ids.length) setShown({ ...resultOf(moved), ...attempt });
      return refresh();
    },
    onError: (error, attempt) => {
      const refusal = refusalOf(error, attempt.ids);
      if (refusal) setShown({ ...refusal, ...attempt });
      else showToast({ kind: 'error', title: problemText(error) });
      void refresh();
    },
  });
  const move = (rows: Chosen<R>, status: string) => mutate({ ids: [...rows.keys()], rows, status });
  const targets = commonMoves(
    [...chosen.values()].map(({ status }) => status),
    entity.moves,
  );
  return (
    <>
      {chosen.size > 0 && (
        <section className={styles['bar']} aria-label={t('label')}>
          <strong role="status">{t('chosen', { count: chosen.size })}</strong>
          <Targets
            entity={entity}
            targets={targets}
            isTooMany={chosen.size > MAX_BULK}
            isBusy={isPending}
            onSelect={(status) => move(chosen, status)}
          />
          <Button variant="quiet" size="small" onClick={() => onChange(new Map())}>
            {t('clear')}
          </Button>
        </section>
      )}
      {shown && (
        <Result
          entity={entity}
          result={shown}
          onClose={() => setShown(undefined)}
          onMoveOthers={(others) => {
            setShown(undefined);
            onChange(others);
            move(others, shown.status);
          }}
        />
      )}
    </>
  );
}

interface TargetsProps<R extends Row> {
  entity: Entity<R>;
  targets: readonly string[];
  isTooMany: boolean;
  isBusy: boolean;
  onSelect: (status: string) => void;
}

function Targets<R extends Row>({ entity, targets, isTooMany, isBusy, onSelect }: TargetsProps<R>) {
  const t = useTranslations('editing');
  const word = useWord();
  if (isTooMany) return <span>{t('bulk.tooMany', { limit: MAX_BULK })}</span>;
  if (targets.length === 0) return <span>{t('bulk.noMove')}</span>;
  return (
    <Menu
      align="start"
      trigger={
        <Button variant="primary" size="small" icon={ArrowRight} isBusy={isBusy}>
          {t('move.to')}
        </Button>
      }
    >
      {targets.map((status) => (
        <MenuItem key={status} onSelect={() => onSelect(status)}>
          {word(entity.statuses, status)}
        </MenuItem>
      ))}
    </Menu>
  );
}

const TONES: Readonly<Record<Outcome, Tone>> = {
  moved: 'good',
  unchanged: 'neutral',
  notFound: 'warn',
  illegal: 'bad',
};

interface ResultProps<R extends Row> {
  entity: Entity<R>;
  result: BulkResult & Attempt<R>;
  onClose: () => void;
  onMoveOthers: (others: Chosen<R>) => void;
}

function Result<R extends Row>({ entity, result, onClose, onMoveOthers }: ResultProps<R>) {
  const t = useTranslations('editing');
  const word = useWord();
  const { outcomes, isRefused, rows } = result;
  const others = new Map([...rows].filter(([id]) => !outcomes.has(id)));
  return (
    <Dialog
      isOpen
      onClose={onClose}
      title={t(isRefused ? 'bulk.refusedTitle' : 'bulk.resultTitle')}
      {...(isRefused && {
        description: t('bulk.refused', {
          count: outcomes.size,
          status: word(entity.statuses, result.status),
        }),
      })}
    >
      <Table caption={t('bulk.resultTitle')} className={styles['result'] ?? ''}>
        <thead>
          <tr>
            <th scope="col">{t('bulk.row')}</th>
            <th scope="col">{t('bulk.result')}</th>
          </tr>
        </thead>
        <tbody>
          {[...outcomes].map(([id, outcome]) => {
            const row = rows.get(id);
            return (
              <tr key={id}>
                <th scope="row">{row ? entity.nameOf(row) : id}</th>
                <td>
                  <Badge tone={TONES[outcome]}>{t(`bulk.${outcome}`)}</Badge>
                </td>
              </tr>
            );
          })}
        </tbody>
      </Table>
      <DialogActions>
        <Button onClick={onClose}>{t('conflict.close')}</Button>
        {isRefused && others.size > 0 && (
          <Button variant="primary" onClick={() => onMoveOthers(others)}>
            {t('bulk.without')}
          </Button>
        )}
      </DialogActions>
    </Dialog>
  );
}
