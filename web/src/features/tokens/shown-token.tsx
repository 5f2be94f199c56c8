/** A token that was just made, with how to use it. It is shown this once. */

import { Copy, TriangleAlert } from 'lucide-react';
import { useTranslations } from 'use-intl';

import { Button, IconButton } from '../../ui/button';
import { DialogActions } from '../../ui/dialog';
import { showToast } from '../../ui/toast';
import styles from './tokens.module.css';

export function ShownToken({ token, onDone }: { token: string; onDone: () => void }) {
  const t = useTranslations('tokens');
  const example = `curl -H 'Authorization: Bearer ${token}' '${location.origin}/api/v1/metrics/overview?period=30d'`;
  return (
    <>
      <p className={styles['once']} role="status">
        <TriangleAlert aria-hidden="true" />
        {t('once')}
      </p>
      <Copied label={t('token')} text={token} />
      <Copied label={t('example')} text={example} />
      <DialogActions>
        <Button variant="primary" onClick={onDone}>
          {t('done')}
        </Button>
      </DialogActions>
    </>
  );
}

/** A text to be taken along. */
function Copied({ label, text }: { label: string; text: string }) {
  const t = useTranslations('tokens');
  const copy = async () => {
    try {
      await navigator.clipboard.writeText(text);
      showToast({ kind: 'success', title: t('copied', { what: label }) });
    } catch {
      // A page without TLS may not: the text can be selected.
      showToast({ kind: 'error', title: t('notCopied') });
    }
  };
  return (
    <div className={styles['copied']}>
      <p>{label}</p>
      <div>
        <code>{text}</code>
        <IconButton icon={Copy} label={t('copy', { what: label })} onClick={() => void copy()} />
      </div>
    </div>
  );
}
