/** Light or dark: as the system has it, unless somebody has chosen. */

import { useEffect } from 'react';

import { preference, usePreference } from './preference';

/** The choices. */
export const THEMES = ['system', 'light', 'dark'] as const;
export type Theme = (typeof THEMES)[number];

const chosen = preference<Theme>('theme', THEMES, () => 'system');

/** What is chosen, and how to choose. */
export function useTheme(): [Theme, (theme: Theme) => void] {
  return usePreference(chosen);
}

/** Shows the page as chosen; before the first paint, and after each choice. */
export function useThemedPage(): void {
  const [theme] = useTheme();
  useEffect(() => applyTheme(theme), [theme]);
}

/** Shows the page in a theme: by default in the one that is chosen. */
export function applyTheme(theme: Theme = chosen.get()): void {
  if (theme === 'system') delete document.documentElement.dataset['theme'];
  else document.documentElement.dataset['theme'] = theme;
}
