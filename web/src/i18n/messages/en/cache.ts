/** English: the cache page. */

export default {
  title: 'Cache',
} as const;
