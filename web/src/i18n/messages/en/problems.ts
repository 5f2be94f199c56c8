/** English: what went wrong. */

export default {
  'timed-out': 'The service took too long to answer.',
  unreachable: 'The service cannot be reached. Check your connection.',
  unexpected: 'Something unexpected was answered. A proxy may be in the way.',
  forbidden: 'Your role does not allow this.',
  'sign-in-refused': 'The e-mail address or the password is wrong.',
  'sign-in-not-allowed': 'This account may not sign in here.',
  'too-many-attempts':
    'Too many failed attempts. Try again in {seconds, plural, one {# second} other {# seconds}}.',
  'not-found': 'It is not there any more.',
  'duplicate-email': 'Another user has this e-mail address.',
  'illegal-move': 'The status cannot change in this way any more: somebody else may have changed it.',
  'last-admin': 'This would leave no active administrator.',
  'link-of-no-use': 'This user may not sign in, so a link would be of no use.',
  'lost-update': 'Somebody else has changed this meanwhile.',
  'unknown-parent': 'What it belongs to does not exist any more.',
  'invalid-link': 'This link was used already, or its time is over. Ask an administrator for a new one.',
  internal: 'The service failed. It has been logged.',
  unavailable: 'The service is unavailable at present. It may be back in a moment.',
  other: '{detail}',
} as const;
