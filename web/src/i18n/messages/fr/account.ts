/** French: one's own account. */

export default {
  title: 'Account',
};
