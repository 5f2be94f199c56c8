/** English: what the building blocks say. */

export default {
  close: 'Close',
  cancel: 'Cancel',
  dismiss: 'Dismiss',
  loading: 'Loading…',
  retry: 'Try again',
  requestId: 'Reference for support: {id}',
} as const;
