/** English: signing in. */

export default {
  title: 'Sign in',
  email: 'E-mail address',
  password: 'Password',
  submit: 'Sign in',
  expired: 'Your session has ended. Sign in to go on where you were.',
  redeemTitle: 'Choose your password',
  redeemText: 'With it you sign in from now on. At least 12 characters of any kind.',
  newPassword: 'New password',
  repeatPassword: 'The same once more',
  passwordsDiffer: 'The two are not the same.',
  redeemSubmit: 'Set password',
  redeemed: 'Your password is set. Sign in with it.',
  noLinkTitle: 'This link is not complete',
  noLinkText: 'Open it as it was given to you, or ask an administrator for a new one.',
  toSignIn: 'To sign-in',
} as const;
