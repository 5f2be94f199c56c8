/** English: what is wrong with a field. */

export default {
  format: 'This has not the form expected.',
  illegal_move: 'The status cannot move there.',
  length: 'This is too short or too long.',
  lost_update: 'This was changed meanwhile.',
  not_found: 'This does not exist.',
  range: 'This is too small or too large.',
  repeated: 'This stands there more than once.',
  required: 'This is needed.',
  taken: 'This is taken.',
  type: 'This is of the wrong kind.',
  unknown_field: 'There is no such field.',
  unknown_value: 'This is none of the values there are.',
  wrong: 'This is wrong.',
} as const;
