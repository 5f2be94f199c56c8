/** Says whether changes are told as they happen. */

import { LoaderCircle, type LucideIcon, Radio, RefreshCw, Unplug } from 'lucide-react';
import { useTranslations } from 'use-intl';

import { classNames } from '../ui/class-names';
import { Popover } from '../ui/popover';
import { type LiveState, useLive } from './context';
import styles from './indicator.module.css';
import { POLL_EVERY_MS } from './live-pages';

const ICONS: Record<LiveState, LucideIcon> = {
  connecting: LoaderCircle,
  live: Radio,
  reconnecting: LoaderCircle,
  polling: RefreshCw,
  offline: Unplug,
  ended: Unplug,
};

/** A word in the page's head, with more about it on request. */
export function LiveIndicator() {
  const t = useTranslations('live');
  const state = useLive();
  const Icon = ICONS[state];
  const text = t(state, { seconds: String(POLL_EVERY_MS / 1000) });
  return (
    <>
      <Popover
        title={text}
        trigger={
          <button
            type="button"
            className={classNames(styles['indicator'], styles[state])}
            data-live={state}
            aria-label={text}
          >
            <Icon className={styles['icon']} aria-hidden="true" />
            <span className={styles['text']}>{text}</span>
          </button>
        }
      >
        {t(`${state}Text`)}
      </Popover>
      <span role="status" className="visually-hidden">
        {state === 'connecting' ? '' : text}
      </span>
    </>
  );
}
