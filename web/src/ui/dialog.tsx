/** Windows above the page: one for a task, one at the side for a row, one that asks before something is done. */

import { AlertDialog } from '@base-ui/react/alert-dialog';
import { Dialog as Base } from '@base-ui/react/dialog';
import { X } from 'lucide-react';
import type { ReactNode } from 'react';
import { useTranslations } from 'use-intl';

import { Button, IconButton } from './button';
import { classNames } from './class-names';
import styles from './dialog.module.css';

export interface DialogProps {
  isOpen: boolean;
  onClose: () => void;
  title: ReactNode;
  description?: ReactNode;
  /** `side` is a panel at the edge of a wide screen. */
  placement?: 'center' | 'side';
  children: ReactNode;
}

/** A window with a title. It takes the focus, gives it back, and closes on Escape. */
export function Dialog({ isOpen, onClose, title, description, placement = 'center', children }: DialogProps) {
  const t = useTranslations('ui');
  return (
    <Base.Root open={isOpen} onOpenChange={(open) => !open && onClose()}>
      <Base.Portal>
        <Base.Backdrop className={styles['backdrop']} />
        <Base.Popup className={classNames(styles['popup'], styles[placement])}>
          <header className={styles['header']}>
            <div>
              <Base.Title render={<h2 />}>{title}</Base.Title>
              {description !== undefined && (
                <Base.Description className={styles['description']}>{description}</Base.Description>
              )}
            </div>
            <Base.Close render={<IconButton icon={X} label={t('close')} />} />
          </header>
          <div className={styles['body']}>{children}</div>
        </Base.Popup>
      </Base.Portal>
    </Base.Root>
  );
}

/** The buttons at the foot of a dialog; the one that goes on comes last. */
export function DialogActions({ children }: { children: ReactNode }) {
  return <div className={styles['actions']}>{children}</div>;
}

export interface ConfirmDialogProps {
  isOpen: boolean;
  onCancel: () => void;
  onConfirm: () => void;
  title: ReactNode;
  children: ReactNode;
  /** What is about to be done, as a verb. */
  confirmLabel: string;
  isDangerous?: boolean;
  isBusy?: boolean;
}

/** Asks before something is done. */
export function ConfirmDialog({
  isOpen,
  onCancel,
  onConfirm,
  title,
  children,
  confirmLabel,
  isDangerous = false,
  isBusy = false,
}: ConfirmDialogProps) {
  const t = useTranslations('ui');
  return (
    <AlertDialog.Root open={isOpen} onOpenChange={(open) => !open && onCancel()}>
      <AlertDialog.Portal>
        <AlertDialog.Backdrop className={styles['backdrop']} />
        <AlertDialog.Popup className={classNames(styles['popup'], styles['center'])}>
          <header className={styles['header']}>
            <AlertDialog.Title render={<h2 />}>{title}</AlertDialog.Title>
          </header>
          <div className={styles['body']}>
            <AlertDialog.Description render={<div />}>{children}</AlertDialog.Description>
            <DialogActions>
              <Button onClick={onCancel}>{t('cancel')}</Button>
              <Button variant={isDangerous ? 'danger' : 'primary'} isBusy={isBusy} onClick={onConfirm}>
                {confirmLabel}
              </Button>
            </DialogActions>
          </div>
        </AlertDialog.Popup>
      </AlertDialog.Portal>
    </AlertDialog.Root>
  );
}
