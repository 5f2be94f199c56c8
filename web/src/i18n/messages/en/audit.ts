/** English: the audit page. */

export default {
  title: 'Audit',
} as const;
