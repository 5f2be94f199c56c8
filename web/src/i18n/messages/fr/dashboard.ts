/** French: the dashboard. */

export default {
  title: 'Dashboard',
};
