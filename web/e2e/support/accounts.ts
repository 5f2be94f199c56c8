/** Who signs in to the services that tests start. */

import { createMetricsClient } from '@admin-metrics/client';

/** Somebody with a password. */
export interface Account {
  email: string;
  displayName: string;
  password: string;
}

/** May do everything. */
export const ADMIN: Account = {
  email: 'ada.admin@example.org',
  displayName: 'Ada Admin',
  password: 'correct horse battery',
};

/** May look. */
export const VIEWER: Account = {
  email: 'vera.viewer@example.org',
  displayName: 'Vera Viewer',
  password: 'staple of another horse',
};

/** Makes the viewer, as an admin who is signed in does, on the service at `url`. */
export async function inviteViewer(url: string): Promise<void> {
  let cookie = '';
  const metrics = createMetricsClient({
    baseUrl: url,
    // A browser would keep the cookie, and say which page a change comes from.
    fetch: async (input, init) => {
      const request = new Request(input, init);
      if (cookie) request.headers.set('Cookie', cookie);
      request.headers.set('Origin', url);
      const answer = await fetch(request);
      cookie = answer.headers.getSetCookie()[0]?.split(';')[0] ?? cookie;
      return answer;
    },
  });
  await metrics.signIn({ body: { email: ADMIN.email, password: ADMIN.password } });
  const { email, displayName, password } = VIEWER;
  const { id } = await metrics.createUser({ body: { email, displayName, role: 'viewer' } });
  const { token } = await metrics.createSignInLink({ path: { id } });
  await metrics.redeemSignInLink({ body: { token, password } });
}
