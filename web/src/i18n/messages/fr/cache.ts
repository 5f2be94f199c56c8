/** French: the cache page. */

export default {
  title: 'Cache',
  note: 'Ce qui est gardé, quel âge cela peut avoir, et ce que cela coûte.',
  of: '{value} sur {max}',
  seconds: '{seconds, number} s au plus',
  noRedis: 'Sans Redis',
  notAsked: 'aucune demande encore',
  sinceStart: 'trouvées depuis le démarrage',
  pending: 'L’invalidation de {tags} attend Redis depuis {seconds, number} s.',
  taskPanics:
    '{count, plural, one {Une tâche du cache a échoué et a été relancée} other {# tâches du cache ont échoué et ont été relancées}}. C’est un défaut du service : merci de le signaler.',
  polling: {
    pause: 'Suspendre',
    resume: 'Reprendre',
    paused: 'En pause depuis {when}',
    updated: 'Actualisé {when} · toutes les {seconds, number} s',
    cost: 'Cette consultation coûte au plus deux commandes Redis par minute, et rien tant que la page n’est pas visible.',
  },
  scope: {
    instance: 'Cette instance',
    instanceNote: 'le processus qui a répondu ; ses compteurs partent de son démarrage',
    fleet: 'Toutes les instances',
    fleetNote: 'ce qu’elles partagent',
    beganAnew:
      'Les compteurs sont repartis de zéro depuis l’ouverture de cette page : l’instance a redémarré, ou une autre répond.',
  },
  health: {
    well: {
      title: 'Tout va bien',
      text: 'Les réponses viennent de la mémoire ou de Redis, et chaque instance apprend aussitôt les modifications.',
    },
    troubled: {
      title: 'Quelque chose ne va pas',
      text: 'Le tableau de bord continue de fonctionner. D’ici la réparation, les lectures peuvent coûter davantage ou les modifications se voir plus tard.',
    },
    down: {
      title: 'Redis est inutilisable',
      text: 'Le tableau de bord continue avec la mémoire de cette instance et la base de données. Les modifications faites sur d’autres instances se voient quand une réponse arrive à échéance.',
    },
    'memory-only': {
      title: 'Mémoire seule',
      text: 'Aucun Redis n’est configuré : cette instance garde les réponses dans sa propre mémoire et voit aussitôt ses propres modifications. Elle doit être la seule.',
    },
  },
  trouble: {
    unreachable: {
      is: 'Redis est injoignable.',
      do: 'Démarrez-le, ou vérifiez son adresse, son port et le réseau.',
    },
    timed_out: {
      is: 'Redis ne répond pas à temps.',
      do: 'Vérifiez sa charge et le réseau ; accordez plus de temps aux appels s’il est seulement éloigné.',
    },
    authentication_failed: {
      is: 'Redis refuse le nom d’utilisateur ou le mot de passe.',
      do: 'Vérifiez REDIS_USERNAME et REDIS_PASSWORD.',
    },
    no_permission: {
      is: 'Il manque un droit à l’utilisateur Redis.',
      do: 'Accordez-lui les commandes, les clés et le canal indiqués dans le guide d’exploitation.',
    },
    tls: {
      is: 'La connexion chiffrée à Redis échoue.',
      do: 'Vérifiez son certificat, l’autorité reconnue et s’il parle bien TLS.',
    },
    read_only: {
      is: 'Ce Redis est un réplica.',
      do: 'Faites pointer l’adresse vers le primaire.',
    },
    loading: {
      is: 'Redis charge ses données.',
      do: 'Il reviendra de lui-même.',
    },
    busy: {
      is: 'Redis est occupé par un script.',
      do: 'Interrompez-le avec SCRIPT KILL.',
    },
    out_of_memory: {
      is: 'La mémoire de Redis est pleine.',
      do: 'Donnez-lui-en plus, videz le cache ou laissez-le évincer des entrées (volatile-lru).',
    },
    wrong_type: {
      is: 'Des données étrangères occupent les clés du cache.',
      do: 'Choisissez un autre CACHE_NAMESPACE.',
    },
    script_unavailable: {
      is: 'Redis n’exécute pas de scripts.',
      do: 'Autorisez EVALSHA et EVAL.',
    },
    protocol: {
      is: 'Ce qui répond n’est pas un Redis.',
      do: 'Vérifiez l’adresse et le port.',
    },
    versions_lost: {
      is: 'Redis a perdu des versions.',
      do: 'Ce qui en dépend est rechargé une fois ; rien d’autre à faire. Si cela se répète, il évince des tags : utilisez volatile-lru.',
    },
    other: {
      is: 'Redis refuse un appel.',
      do: 'Son journal et celui du service disent pourquoi.',
    },
  },
  state: {
    title: 'Fraîcheur des réponses',
    note: 'Ce qui apprend à cette instance les modifications faites ailleurs.',
    staleness: 'Âge d’une réponse',
    breaker: 'Appels à Redis',
    bus: 'Bus de messages',
    feed: 'Suivi de la base',
  },
  staleness: {
    local: 'Il n’y a pas d’autre instance : ce qui est modifié ici se voit aussitôt.',
    bus: 'Les modifications faites ailleurs se voient en principe en quelques millisecondes. Si la connexion du bus meurt sans bruit, cela se découvre en {seconds, number} s.',
    round_trip:
      'Le bus est coupé : les versions sont demandées à Redis avant chaque réponse, et rien de périmé n’est servi.',
    budget:
      'Le budget de commandes est épuisé : les invalidations sont regroupées un moment avant l’envoi, et les modifications se voient en {seconds, number} s.',
    ttl: 'Redis est injoignable : les modifications faites ailleurs se voient quand une réponse arrive à échéance, en {seconds, number} s.',
  },
  breaker: {
    closed: { is: 'Actifs', means: 'Redis est interrogé chaque fois qu’il a quelque chose à dire.' },
    half_open: {
      is: 'À l’essai',
      means: 'Après des échecs, un appel est tenté. S’il réussit, tous reprennent.',
    },
    open: {
      is: 'Suspendus',
      means: 'Après trois échecs de suite, Redis est laissé en paix un moment, puis essayé de nouveau.',
    },
    none: 'Il n’y a rien à appeler.',
  },
  bus: {
    healthy: { is: 'En bonne santé', means: 'Les modifications faites ailleurs arrivent aussitôt.' },
    connecting: {
      is: 'En connexion',
      means: 'D’ici là, les versions sont demandées à Redis avant chaque réponse.',
    },
    backing_off: {
      is: 'Coupé',
      means:
        'La connexion a échoué et sera retentée sous peu. D’ici là, Redis est interrogé avant chaque réponse.',
    },
    closed: { is: 'Fermé', means: 'Il s’ouvre à la première utilisation de Redis.' },
    none: 'Il n’y a pas d’autre instance à écouter.',
    counts:
      'Reçus : {messages, plural, one {# message} other {# messages}}, {gaps, plural, =0 {aucune lacune} one {# lacune} other {# lacunes}}.',
  },
  feed: {
    off: {
      is: 'Désactivé',
      means:
        'Les lignes modifiées hors du service, en SQL par exemple, se voient quand une réponse arrive à échéance.',
    },
    waiting: {
      is: 'En attente',
      means: 'Une autre instance suit la base de données et prévient celle-ci par le bus.',
    },
    listening: {
      is: 'À l’écoute',
      means:
        'Cette instance suit la base de données pour toutes : les lignes modifiées hors du service se voient aussi.',
    },
    heard:
      'Dernier signal {when} ; {notifications, plural, one {# notification} other {# notifications}} en tout.',
  },
  l1: {
    title: 'L1 · mémoire',
    note: 'Dans ce processus.',
    items: 'Entrées',
    bytes: 'Taille',
  },
  l2: {
    title: 'L2 · Redis',
    note: 'Commun à toutes les instances.',
    memory: 'Mémoire de Redis, toutes instances',
    memoryUnbounded: 'Mémoire de Redis : {used} utilisés, sans limite propre.',
    memoryUnknown: 'La mémoire de Redis n’est pas connue pour le moment.',
    none: 'Aucun Redis n’est configuré',
    noneText: 'Ce que la mémoire n’a pas est calculé par la base de données.',
  },
  chart: {
    hitRate: 'Taux de succès',
    latency: 'Durée d’une recherche, depuis le démarrage',
    lastMinute: 'Sur la dernière minute',
    p50: 'La moitié en',
    p99: '99 % en',
    none: '–',
    nothing: 'Rien n’a été recherché pendant ce temps.',
    ago: 'il y a {minutes, number} min',
    now: 'maintenant',
  },
  count: {
    hits: 'Trouvées',
    misses: 'Absentes',
    evictions: 'Évincées',
    rejected: 'Trop grandes',
    failures: 'Appels échoués',
    storesWaiting: 'Écritures en attente',
    storesDropped: 'Écritures abandonnées',
    storesWithheld: 'Écritures retenues',
    storesSpared: 'Écritures épargnées',
    readsSpared: 'Lectures épargnées',
    invalidationsWithheld: 'Invalidations différées',
    undecodable: 'Entrées abîmées',
    versionsLost: 'Versions perdues',
  },
  parts: {
    title: 'Parties du tableau de bord',
    note: 'Où chacune a été trouvée, et combien de temps la base de données a pris sinon.',
    part: 'Partie',
    l1: 'En L1',
    l2: 'En L2',
    loads: 'Chargements',
    latency: 'Durée : moitié · 99 %',
    latencies: '{half} · {most}',
    failures: 'Échecs',
    refreshes: 'Anticipés',
    coalesced: 'Partagés',
    stale: 'Servies périmées',
    names: {
      dashboard: 'Tableau assemblé',
      overview: 'Chiffres clés',
      charts: 'Graphiques',
      recentUsers: 'Derniers utilisateurs',
      recentProposals: 'Dernières propositions',
    },
  },
  commands: {
    title: 'Commandes Redis',
    note: 'De toutes les instances, ce mois-ci (UTC), telles qu’un fournisseur les facture.',
    noRedis: 'Sans Redis, aucune commande n’est envoyée.',
    today: 'Aujourd’hui',
    month: 'Ce mois-ci',
    forecast: 'Prévision pour le mois',
    cost: 'coût : {cost}',
    budget: 'Budget du mois',
    ofBudget: '{month} sur {budget} ({part}) ; prévision {forecast}',
    noBudget:
      'Aucun budget n’est configuré : il n’y a donc rien à économiser. CACHE_L2_COMMANDS_PER_MONTH le fixe, CACHE_L2_PRICE_PER_100K fixe le prix.',
    incomplete:
      'Ce ne sont que les commandes de cette instance : les compteurs des autres ne sont pas connus pour le moment.',
    level: 'Niveau {level}',
    levels: {
      level0: 'Rien n’est sacrifié au budget.',
      level1:
        'La prévision dépasse le budget : les réponses ne sont plus rafraîchies par avance, et ce que la mémoire contient n’est plus redemandé à Redis.',
      level2: 'La prévision dépasse largement le budget : Redis n’est plus ni lu ni écrit.',
      level3:
        'Le budget est épuisé : les invalidations aussi sont regroupées, et envoyées toutes les dix secondes.',
    },
    outlook: {
      none: 'Sans budget',
      within: 'Dans le budget',
      close: 'Proche du budget',
      over: 'Dépassement prévu',
      'used-up': 'Budget épuisé',
    },
    byKind: 'Par type de commande',
    kinds: {
      read: 'Lectures',
      store: 'Écritures',
      invalidate: 'Invalidations',
      start: 'Premières versions',
      subscribe: 'Abonnements',
      info: 'Mémoire consultée',
      budget: 'Compteurs échangés',
      connect: 'Connexions',
      script: 'Scripts envoyés',
      inner: 'Dans les scripts',
    },
  },
  tags: {
    title: 'Versions des données',
    note: 'Une réponse est bonne tant que les versions dont elle est issue sont les dernières.',
    tag: 'Tag',
    since: 'Version depuis',
    never: 'aucune encore',
    was: 'avant : {version}',
    pending: 'En attente',
    invalidations: '{count, plural, =0 {pas invalidé ici} other {invalidé # fois ici}}',
    actions: 'Actions',
    invalidate: 'Invalider',
    invalidateTag: 'Invalider : {tag}',
    adminsOnly: 'Seuls les administrateurs peuvent invalider des réponses à la main.',
    names: {
      users: 'Utilisateurs',
      proposals: 'Propositions',
      leads: 'Prospects',
      all: 'Tout',
    },
    confirmTitle: 'Invalider : {tag} ?',
    confirm: {
      users:
        'Toute réponse en cache qui montre quelque chose des utilisateurs devient périmée, sur toutes les instances.',
      proposals:
        'Toute réponse en cache qui montre quelque chose des propositions devient périmée, sur toutes les instances.',
      leads:
        'Toute réponse en cache qui montre quelque chose des prospects devient périmée, sur toutes les instances.',
      all: 'Toute réponse en cache devient périmée, sur toutes les instances.',
    },
    confirmText:
      'La prochaine demande attendra la base de données. Les modifications faites par le service le font d’elles-mêmes : ce n’est utile qu’après des lignes modifiées hors du service.',
  },
  outcome: {
    applied: {
      title: '{tag} : invalidation appliquée',
      text: 'Cette instance le sait aussitôt, les autres dès que le bus les prévient.',
    },
    queued: {
      title: '{tag} : invalidation appliquée ici, en attente de Redis',
      text: 'Cette instance le sait aussitôt. Les autres l’apprendront dès que Redis l’acceptera, ou quand leurs réponses arriveront à échéance.',
    },
  },
  effect: {
    moved: 'La version est nouvelle.',
    notMoved: 'La version n’a pas encore changé.',
    since:
      'Depuis, ici : {misses, plural, one {# recherche infructueuse} other {# recherches infructueuses}} en mémoire, {loads, plural, one {# chargement} other {# chargements}} depuis la base de données.',
    otherInstance: 'Une autre instance répond désormais : la suite ne peut pas être comptée.',
  },
};
