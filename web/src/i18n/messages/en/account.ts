/** English: one's own account. */

export default {
  title: 'Account',
} as const;
