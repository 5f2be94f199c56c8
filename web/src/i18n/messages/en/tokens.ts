/** English: the page of API tokens. */

export default {
  title: 'Tokens',
} as const;
