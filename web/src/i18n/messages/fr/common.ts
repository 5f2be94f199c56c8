/** French: words that several pages need. */

export default {
  role: {
    user: 'Utilisateur',
    viewer: 'Lecteur',
    admin: 'Administrateur',
  },
  userStatus: {
    invited: 'Invité',
    active: 'Actif',
    suspended: 'Suspendu',
  },
  proposalStatus: {
    draft: 'Brouillon',
    sent: 'Envoyée',
    viewed: 'Consultée',
    accepted: 'Acceptée',
    declined: 'Refusée',
    expired: 'Expirée',
  },
  leadStatus: {
    new: 'Nouveau',
    contacted: 'Contacté',
    qualified: 'Qualifié',
    converted: 'Converti',
    lost: 'Perdu',
  },
  leadSource: {
    website: 'Site web',
    referral: 'Recommandation',
    campaign: 'Campagne',
    import: 'Import',
    other: 'Autre',
  },
};
