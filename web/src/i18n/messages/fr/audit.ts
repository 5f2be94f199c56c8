/** French: the audit page. */

export default {
  title: 'Audit',
};
