/** English: words that several pages need. */

export default {
  role: {
    user: 'User',
    viewer: 'Viewer',
    admin: 'Administrator',
  },
  userStatus: {
    invited: 'Invited',
    active: 'Active',
    suspended: 'Suspended',
  },
  proposalStatus: {
    draft: 'Draft',
    sent: 'Sent',
    viewed: 'Viewed',
    accepted: 'Accepted',
    declined: 'Declined',
    expired: 'Expired',
  },
  leadStatus: {
    new: 'New',
    contacted: 'Contacted',
    qualified: 'Qualified',
    converted: 'Converted',
    lost: 'Lost',
  },
  leadSource: {
    website: 'Website',
    referral: 'Referral',
    campaign: 'Campaign',
    import: 'Import',
    other: 'Other',
  },
} as const;
