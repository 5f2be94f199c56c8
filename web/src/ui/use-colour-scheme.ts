/** Whether the page is light or dark, for what is drawn by hand. */

import { useSyncExternalStore } from 'react';

const system = () => window.matchMedia('(prefers-color-scheme: dark)');

/** How the page is at present. */
export function useColourScheme(): 'light' | 'dark' {
  return useSyncExternalStore(subscribe, read);
}

function read(): 'light' | 'dark' {
  const chosen = document.documentElement.dataset['theme'];
  if (chosen === 'light' || chosen === 'dark') return chosen;
  return system().matches ? 'dark' : 'light';
}

function subscribe(listener: () => void): () => void {
  const preference = system();
  const page = new MutationObserver(listener);
  preference.addEventListener('change', listener);
  page.observe(document.documentElement, { attributeFilter: ['data-theme'] });
  return () => {
    preference.removeEventListener('change', listener);
    page.disconnect();
  };
}
