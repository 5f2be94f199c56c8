/** French: the cache page. */

export default {
  title: 'Cache',
};
