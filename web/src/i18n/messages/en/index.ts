/** The English texts. Each feature has a file; what several need is in `common`. */

import account from './account';
import audit from './audit';
import cache from './cache';
import common from './common';
import dashboard from './dashboard';
import editing from './editing';
import fieldErrors from './field-errors';
import live from './live';
import problems from './problems';
import rows from './rows';
import session from './session';
import shell from './shell';
import tokens from './tokens';
import ui from './ui';

export default {
  account,
  audit,
  cache,
  common,
  dashboard,
  editing,
  fieldErrors,
  live,
  problems,
  rows,
  session,
  shell,
  tokens,
  ui,
};
