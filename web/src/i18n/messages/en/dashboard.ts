/** English: the dashboard. */

export default {
  title: 'Dashboard',
} as const;
