/** Signing out, here or everywhere. */

import { signOutMutation } from '@admin-metrics/client/query';
import { useMutation, useQueryClient } from '@tanstack/react-query';
import { useNavigate } from '@tanstack/react-router';

import { deletions } from '../features/rows/deletions';
import { useProblemText } from '../ui/problem';
import { showToast } from '../ui/toast';
import { tellSessionChanged } from './session-watch';

/** Ends the session, or with `everywhere` all of one's own; then one may sign in again. */
export function useSignOut() {
  const problemText = useProblemText();
  const navigate = useNavigate();
  const queryClient = useQueryClient();
  const signOut = useMutation({
    ...signOutMutation(),
    // What was deleted is deleted by who did it: afterwards nobody is signed in, or somebody else.
    onMutate: () => deletions.flush(),
    onSuccess: async () => {
      tellSessionChanged();
      await navigate({ to: '/sign-in' });
      queryClient.clear();
    },
    onError: (error) => showToast({ kind: 'error', title: problemText(error) }),
  });
  return {
    isBusy: signOut.isPending,
    signOut: () => signOut.mutate({}),
    signOutEverywhere: () => signOut.mutate({ query: { everywhere: true } }),
  };
}
