/** French: whether changes are told as they happen. */

export default {
  connecting: 'Connexion…',
  live: 'En direct',
  reconnecting: 'Reconnexion…',
  polling: 'Vérifié toutes les {seconds} s',
  offline: 'Hors ligne',
  ended: 'Déconnecté',
  connectingText: 'La page demande à être prévenue des changements.',
  liveText: 'Les changements des données apparaissent ici à l’instant, dans chaque onglet.',
  reconnectingText: 'La connexion qui annonce les changements s’est interrompue. Elle est rétablie.',
  pollingText:
    'Le service n’annonce pas les changements pour le moment : la page vérifie d’elle-même tant qu’elle est visible.',
  offlineText: 'Cet appareil n’a pas de réseau. Ce qui est affiché peut être ancien.',
  endedText: 'Plus personne n’est connecté.',
};
