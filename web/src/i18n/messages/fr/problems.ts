/** French: what went wrong. */

export default {
  'timed-out': 'Le service a mis trop longtemps à répondre.',
  unreachable: 'Le service est injoignable. Vérifiez votre connexion.',
  unexpected: 'Une réponse inattendue est arrivée. Un proxy s’interpose peut-être.',
  forbidden: 'Votre rôle ne le permet pas.',
  'sign-in-refused': 'L’adresse e-mail ou le mot de passe est erroné.',
  'sign-in-not-allowed': 'Ce compte ne peut pas se connecter ici.',
  'too-many-attempts':
    'Trop de tentatives infructueuses. Réessayez dans {seconds, plural, one {# seconde} other {# secondes}}.',
  'not-found': 'Cela n’existe plus.',
  'duplicate-email': 'Un autre utilisateur a cette adresse e-mail.',
  'illegal-move': 'Le statut ne peut plus changer ainsi : quelqu’un l’a peut-être modifié entre-temps.',
  'last-admin': 'Il ne resterait aucun administrateur actif.',
  'link-of-no-use': 'Cet utilisateur ne peut pas se connecter : un lien ne servirait à rien.',
  'lost-update': 'Quelqu’un d’autre l’a modifié entre-temps.',
  'unknown-parent': 'Ce à quoi cela appartient n’existe plus.',
  'invalid-link': 'Ce lien a déjà servi ou a expiré. Demandez-en un autre à un administrateur.',
  internal: 'Le service a échoué. L’incident est enregistré.',
  unavailable: 'Le service est momentanément indisponible.',
  other: 'La demande a été refusée : {detail}',
};
