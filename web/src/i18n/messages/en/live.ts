/** English: whether changes are told as they happen. */

export default {
  connecting: 'Connecting…',
  live: 'Live',
  reconnecting: 'Reconnecting…',
  polling: 'Checking every {seconds} s',
  offline: 'Offline',
  ended: 'Signed out',
  connectingText: 'The page asks to be told of changes.',
  liveText: 'Changes of the data appear here as they happen, in every tab.',
  reconnectingText: 'The connection that tells of changes broke off. It is made anew.',
  pollingText:
    'The service does not tell of changes at present, so the page looks by itself while it is in view.',
  offlineText: 'This device has no network. What is shown may be old.',
  endedText: 'Nobody is signed in any more.',
} as const;
