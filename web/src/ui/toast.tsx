/** Short messages at the edge of the page: what was done, and a moment in which it can be taken back. */

import { Toast } from '@base-ui/react/toast';
import { X } from 'lucide-react';
import type { ReactNode } from 'react';
import { useTranslations } from 'use-intl';

import { buttonClass, IconButton } from './button';
import { classNames } from './class-names';
import styles from './toast.module.css';

/** How many are shown at once; whatever is beyond that cannot be pressed, and so it is more than anybody makes. */
const MOST = 20;

const manager = Toast.createToastManager();

export interface Message {
  title: string;
  description?: string;
  kind?: 'info' | 'success' | 'error';
  /** How long it stays; 0 for as long as it is not closed. Errors stay. */
  timeoutMs?: number;
  /** A button. */
  action?: { label: string; onSelect: () => void };
  /** Hears that it is gone, however it went. */
  onGone?: () => void;
}

/** Shows a message; returns what takes it away. It is read out to who cannot see it. */
export function showToast({
  title,
  description,
  kind = 'info',
  timeoutMs,
  action,
  onGone,
}: Message): () => void {
  const id: string = manager.add({
    title,
    type: kind,
    timeout: timeoutMs ?? (kind === 'error' ? 0 : 6000),
    priority: kind === 'error' ? 'high' : 'low',
    ...(description !== undefined && { description }),
    ...(onGone && { onRemove: onGone }),
    ...(action && {
      actionProps: {
        children: action.label,
        onClick: () => {
          action.onSelect();
          manager.close(id);
        },
      },
    }),
  });
  return () => manager.close(id);
}

/** Around the page: where messages are shown. */
export function ToastProvider({ children }: { children: ReactNode }) {
  return (
    <Toast.Provider toastManager={manager} limit={MOST}>
      {children}
      <Toast.Portal>
        <Toast.Viewport className={styles['viewport']}>
          <Toasts />
        </Toast.Viewport>
      </Toast.Portal>
    </Toast.Provider>
  );
}

function Toasts() {
  const t = useTranslations('ui');
  const { toasts } = Toast.useToastManager();
  return toasts.map((toast) => (
    <Toast.Root
      key={toast.id}
      toast={toast}
      className={classNames(styles['toast'], styles[toast.type ?? 'info'])}
    >
      <Toast.Content className={styles['content']}>
        <div className={styles['texts']}>
          <Toast.Title className={styles['title']} render={<p />} />
          <Toast.Description className={styles['description']} />
        </div>
        <Toast.Action className={buttonClass({ size: 'small' })} />
        <Toast.Close render={<IconButton icon={X} size="small" label={t('dismiss')} />} />
      </Toast.Content>
    </Toast.Root>
  ));
}
