/** French: signing in. */

export default {
  title: 'Connexion',
  email: 'Adresse e-mail',
  password: 'Mot de passe',
  submit: 'Se connecter',
  expired: 'Votre session a expiré. Connectez-vous pour reprendre où vous en étiez.',
  redeemTitle: 'Choisissez votre mot de passe',
  redeemText: 'Il servira désormais à vous connecter. Au moins 12 caractères, quels qu’ils soient.',
  newPassword: 'Nouveau mot de passe',
  repeatPassword: 'Encore une fois',
  passwordsDiffer: 'Les deux ne sont pas identiques.',
  redeemSubmit: 'Enregistrer le mot de passe',
  redeemed: 'Votre mot de passe est enregistré. Connectez-vous avec.',
  noLinkTitle: 'Ce lien est incomplet',
  noLinkText: 'Ouvrez-le tel qu’il vous a été remis, ou demandez-en un autre à un administrateur.',
  toSignIn: 'Vers la connexion',
};
