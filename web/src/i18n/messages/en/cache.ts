/** English: the cache page. */

export default {
  title: 'Cache',
  note: 'How the dashboard’s answers are kept, how old they can be, and what keeping them costs.',
  of: '{value} of {max}',
  seconds: 'at most {seconds, number} s',
  noRedis: 'No Redis',
  notAsked: 'nobody asked yet',
  sinceStart: 'hits since the start',
  pending: 'Invalidations of {tags} have been waiting for Redis for {seconds, number} s.',
  taskPanics:
    '{count, plural, one {A task of the cache has} other {# tasks of the cache have}} failed and been started anew. That is a fault of the service: please report it.',
  polling: {
    pause: 'Pause',
    resume: 'Resume',
    paused: 'Paused at {when}',
    updated: 'Updated {when} · every {seconds, number} s',
    cost: 'Looking costs two Redis commands a minute at most, and nothing while the page is out of sight.',
  },
  scope: {
    instance: 'This instance',
    instanceNote: 'the process that answered; its counts are since its start',
    fleet: 'All instances',
    fleetNote: 'what they share',
    beganAnew:
      'Counts have begun anew since this page was opened: the instance was restarted, or another one answers.',
  },
  health: {
    well: {
      title: 'All is well',
      text: 'Answers come from memory or Redis, and every instance hears of changes as they happen.',
    },
    troubled: {
      title: 'Something is not as it should be',
      text: 'The dashboard goes on. Until it is mended, reads may cost more, or changes be seen later.',
    },
    down: {
      title: 'Redis cannot be used',
      text: 'The dashboard goes on from this instance’s memory and from the database. Changes made on other instances are seen once an answer’s time has ended.',
    },
    'memory-only': {
      title: 'Memory only',
      text: 'No Redis is configured: this instance keeps answers in its own memory and sees its own changes at once. It must be the only one.',
    },
  },
  trouble: {
    unreachable: {
      is: 'Redis cannot be reached.',
      do: 'Start it, or see that its address and port are right and the network lets calls through.',
    },
    timed_out: {
      is: 'Redis does not answer in time.',
      do: 'See its load and the network; allow calls more time if it is merely far away.',
    },
    authentication_failed: {
      is: 'Redis refuses the user name or the password.',
      do: 'See REDIS_USERNAME and REDIS_PASSWORD.',
    },
    no_permission: {
      is: 'The Redis user lacks a right.',
      do: 'Give it the commands, keys and the channel that the operations guide lists.',
    },
    tls: {
      is: 'The encrypted connection to Redis fails.',
      do: 'See its certificate, the authority that is trusted, and whether it speaks TLS at all.',
    },
    read_only: {
      is: 'This Redis is a replica.',
      do: 'Let the address lead to the primary.',
    },
    loading: {
      is: 'Redis is loading its data.',
      do: 'It will be back by itself.',
    },
    busy: {
      is: 'Redis is busy with somebody’s script.',
      do: 'End it with SCRIPT KILL.',
    },
    out_of_memory: {
      is: 'Redis’s memory is full.',
      do: 'Give it more, clear the cache, or let it evict entries (volatile-lru).',
    },
    wrong_type: {
      is: 'Somebody else’s data lies under the cache’s keys.',
      do: 'Choose another CACHE_NAMESPACE.',
    },
    script_unavailable: {
      is: 'Redis does not run scripts.',
      do: 'Allow EVALSHA and EVAL.',
    },
    protocol: {
      is: 'Something other than Redis answers.',
      do: 'See its address and port.',
    },
    versions_lost: {
      is: 'Redis has lost versions.',
      do: 'What carries them is loaded once more; nothing else is needed. If it happens again, it evicts tags: use volatile-lru.',
    },
    other: {
      is: 'Redis refuses a call.',
      do: 'Its log and the service’s say why.',
    },
  },
  state: {
    title: 'How new answers are',
    note: 'What tells this instance of changes made elsewhere.',
    staleness: 'Age of an answer',
    breaker: 'Calls to Redis',
    bus: 'Message bus',
    feed: 'Change feed',
  },
  staleness: {
    local: 'There is no other instance: what is changed here is seen at once.',
    bus: 'Changes made elsewhere are normally seen within milliseconds. Should the bus’s connection die unnoticed, that is found out within {seconds, number} s.',
    round_trip:
      'The bus is down, so Redis is asked for the versions before each answer: nothing old is served.',
    budget:
      'The budget of commands is used up, so invalidations are gathered for a while before they are sent: changes are seen within {seconds, number} s.',
    ttl: 'Redis cannot be reached, so changes made elsewhere are seen when an answer’s time ends: within {seconds, number} s.',
  },
  breaker: {
    closed: { is: 'Made', means: 'Redis is asked whenever it has something to say.' },
    half_open: {
      is: 'Trying',
      means: 'After failures, one call is being tried. If it succeeds, all are made again.',
    },
    open: {
      is: 'Left alone',
      means: 'After three failures in a row Redis is left alone for a while, then tried again.',
    },
    none: 'There is nothing to call.',
  },
  bus: {
    healthy: { is: 'Healthy', means: 'Changes made elsewhere arrive as they happen.' },
    connecting: {
      is: 'Connecting',
      means: 'Until it is connected, Redis is asked for the versions before each answer.',
    },
    backing_off: {
      is: 'Down',
      means:
        'Connecting failed and is tried again after a while. Until then Redis is asked before each answer.',
    },
    closed: { is: 'Not open', means: 'It opens with the first use of Redis.' },
    none: 'There are no other instances to hear of.',
    counts:
      'Heard: {messages, plural, one {# message} other {# messages}}, {gaps, plural, =0 {no gaps} one {# gap} other {# gaps}}.',
  },
  feed: {
    off: {
      is: 'Off',
      means: 'Rows changed past the service, by SQL for example, are seen when an answer’s time ends.',
    },
    waiting: {
      is: 'Standing by',
      means: 'Another instance follows the database, and tells this one by the bus.',
    },
    listening: {
      is: 'Listening',
      means: 'This instance follows the database for all: rows changed past the service are seen too.',
    },
    heard: 'Last heard {when}; {notifications, plural, one {# notification} other {# notifications}} in all.',
  },
  l1: {
    title: 'L1 · memory',
    note: 'In this process.',
    items: 'Entries',
    bytes: 'Size',
  },
  l2: {
    title: 'L2 · Redis',
    note: 'Shared by all instances.',
    memory: 'Redis’s memory, all instances',
    memoryUnbounded: 'Redis’s memory: {used} used, without a limit of its own.',
    memoryUnknown: 'Redis’s memory is not known at present.',
    none: 'No Redis is configured',
    noneText: 'What memory does not have is computed by the database.',
  },
  chart: {
    hitRate: 'Hit rate',
    latency: 'Time of a lookup, since the start',
    lastMinute: 'Over the last minute',
    p50: 'Half within',
    p99: '99 % within',
    none: '–',
    nothing: 'Nothing was looked up in this time.',
    ago: '{minutes, number} min ago',
    now: 'now',
  },
  count: {
    hits: 'Hits',
    misses: 'Misses',
    evictions: 'Pushed out',
    rejected: 'Too large',
    failures: 'Failed calls',
    storesWaiting: 'Stores waiting',
    storesDropped: 'Stores dropped',
    storesWithheld: 'Stores held back',
    storesSpared: 'Stores saved',
    readsSpared: 'Reads saved',
    invalidationsWithheld: 'Invalidations delayed',
    undecodable: 'Damaged entries',
    versionsLost: 'Versions lost',
  },
  parts: {
    title: 'Parts of the dashboard',
    note: 'Where each was found, and how long the database took where it was not.',
    part: 'Part',
    l1: 'L1 hits',
    l2: 'L2 hits',
    loads: 'Loads',
    latency: 'Load: half · 99 %',
    latencies: '{half} · {most}',
    failures: 'Failed',
    refreshes: 'Ahead of time',
    coalesced: 'Shared',
    stale: 'Served old',
    names: {
      dashboard: 'Dashboard, assembled',
      overview: 'Key figures',
      charts: 'Charts',
      recentUsers: 'Newest users',
      recentProposals: 'Newest proposals',
    },
  },
  commands: {
    title: 'Redis commands',
    note: 'Of all instances, in this month (UTC), as a vendor bills them.',
    noRedis: 'Without Redis no commands are sent.',
    today: 'Today',
    month: 'This month',
    forecast: 'Forecast for the month',
    cost: 'costs {cost}',
    budget: 'Budget of the month',
    ofBudget: '{month} of {budget} ({part}); forecast {forecast}',
    noBudget:
      'No budget is configured, so nothing is given up to keep within one. CACHE_L2_COMMANDS_PER_MONTH sets it, CACHE_L2_PRICE_PER_100K the price.',
    incomplete: 'These are this instance’s commands only: the others’ counts are not known at present.',
    level: 'Level {level}',
    levels: {
      level0: 'Nothing is given up for the budget’s sake.',
      level1:
        'The forecast is over the budget: answers are no longer refreshed ahead of their time, and what memory holds is not asked of Redis again.',
      level2: 'The forecast is far over the budget: Redis is neither read nor written to.',
      level3: 'The budget is used up: invalidations too are gathered, and sent together every ten seconds.',
    },
    outlook: {
      none: 'No budget',
      within: 'Within the budget',
      close: 'Close to the budget',
      over: 'Going over the budget',
      'used-up': 'Budget used up',
    },
    byKind: 'By kind of command',
    kinds: {
      read: 'Reads',
      store: 'Stores',
      invalidate: 'Invalidations',
      start: 'First versions',
      subscribe: 'Subscriptions',
      info: 'Memory looked up',
      budget: 'Counts exchanged',
      connect: 'Connections',
      script: 'Scripts sent',
      inner: 'Inside scripts',
    },
  },
  tags: {
    title: 'Versions of the data',
    note: 'An answer is good as long as the versions it was computed at are the newest.',
    tag: 'Tag',
    since: 'Version since',
    never: 'none yet',
    was: 'before: {version}',
    pending: 'Waiting',
    invalidations:
      '{count, plural, =0 {not invalidated here} one {invalidated once here} other {invalidated # times here}}',
    actions: 'Actions',
    invalidate: 'Invalidate',
    invalidateTag: 'Invalidate: {tag}',
    adminsOnly: 'Only administrators can invalidate by hand.',
    names: {
      users: 'Users',
      proposals: 'Proposals',
      leads: 'Leads',
      all: 'Everything',
    },
    confirmTitle: 'Invalidate: {tag}?',
    confirm: {
      users: 'Every cached answer that shows something of users becomes old, on every instance.',
      proposals: 'Every cached answer that shows something of proposals becomes old, on every instance.',
      leads: 'Every cached answer that shows something of leads becomes old, on every instance.',
      all: 'Every cached answer becomes old, on every instance.',
    },
    confirmText:
      'Whoever asks next waits for the database. Changes made through the service do this by themselves: it is needed only after rows were changed past it.',
  },
  outcome: {
    applied: {
      title: '{tag}: invalidated',
      text: 'This instance knows at once, the others as soon as the bus tells them.',
    },
    queued: {
      title: '{tag}: invalidated here, waiting for Redis',
      text: 'This instance knows at once. The others hear of it as soon as Redis takes it, or when their answers’ time has ended.',
    },
  },
  effect: {
    moved: 'The version is a new one.',
    notMoved: 'The version has not moved yet.',
    since:
      'Since then, here: {misses, plural, one {# lookup} other {# lookups}} in memory without a find, {loads, plural, one {# load} other {# loads}} from the database.',
    otherInstance: 'Another instance answers by now, so what followed cannot be counted.',
  },
} as const;
