/** Where the application begins. */

import './ui/tokens.css';
import './ui/base.css';

import { QueryClientProvider } from '@tanstack/react-query';
import { RouterProvider } from '@tanstack/react-router';
import { StrictMode } from 'react';
import { createRoot } from 'react-dom/client';

import { createQueryClient } from './app/query-client';
import { createAppRouter } from './app/router';
import { sessionOptions } from './app/routes';
import { watchSession } from './app/session-watch';
import { applyTheme, useThemedPage } from './app/theme';
import { metrics } from './app/client';
import { deletions } from './features/rows/deletions';
import { chosenLocale } from './i18n/locale';
import { LanguageProvider, loadLanguage } from './i18n/provider';
import { ToastProvider } from './ui/toast';

const queryClient = createQueryClient(() => void askToSignIn());
const router = createAppRouter(queryClient);

/** Somebody whose session has ended signs in again, and goes on where they were. */
async function askToSignIn(): Promise<void> {
  const { queryKey } = sessionOptions();
  // Whoever had none is sent there by the route.
  if (queryClient.getQueryData(queryKey) === undefined) return;
  queryClient.removeQueries({ queryKey });
  deletions.drop();
  const next = router.state.location.href;
  await router.navigate({ to: '/sign-in', search: { next, reason: 'expired' }, replace: true });
}

watchSession(queryClient, metrics, {
  onEnded: () => void askToSignIn(),
  onOther: () => void router.invalidate(),
});

function Application() {
  useThemedPage();
  return <RouterProvider router={router} />;
}

const root = document.getElementById('root');
if (!root) throw new Error('the page has no element #root');
applyTheme();
// The texts, who is signed in, and the page itself come at once, not one after the other.
const [language] = await Promise.all([loadLanguage(chosenLocale.get()), router.load()]);
createRoot(root).render(
  <StrictMode>
    <LanguageProvider initial={language}>
      <QueryClientProvider client={queryClient}>
        <ToastProvider>
          <Application />
        </ToastProvider>
      </QueryClientProvider>
    </LanguageProvider>
  </StrictMode>,
);
