/** French: what is wrong with a field. */

export default {
  format: 'Ce n’est pas la forme attendue.',
  illegal_move: 'Le statut ne peut pas passer à cette valeur.',
  length: 'C’est trop court ou trop long.',
  lost_update: 'Cela a été modifié entre-temps.',
  not_found: 'Cela n’existe pas.',
  range: 'C’est trop petit ou trop grand.',
  repeated: 'Cela figure plus d’une fois.',
  required: 'Ce champ est requis.',
  taken: 'C’est déjà pris.',
  type: 'Ce n’est pas du bon type.',
  unknown_field: 'Ce champ n’existe pas.',
  unknown_value: 'Ce n’est pas une valeur possible.',
  wrong: 'C’est erroné.',
};
