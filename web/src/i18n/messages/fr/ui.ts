/** French: what the building blocks say. */

export default {
  close: 'Fermer',
  cancel: 'Annuler',
  dismiss: 'Masquer',
  loading: 'Chargement…',
  retry: 'Réessayer',
  requestId: 'Référence pour l’assistance : {id}',
};
