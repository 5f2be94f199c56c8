/** French: lists and rows of users, proposals and leads. */

export default {
  title: 'Rows',
};
