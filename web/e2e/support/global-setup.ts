/** What a run of the tests prepares once: a database with demo data and accounts, which each worker gets a copy of. */

import { randomBytes } from 'node:crypto';

import { ADMIN, inviteViewer } from './accounts';
import { Database } from './database';
import { api, Service, xtask } from './service';
import { handOver } from './prepared';

/** As many rows as show everything, and load in moments. */
const ROWS = { users: 600, proposals: 1_800, leads: 6_000, seed: 7, days: 800 };

/** Prepares it; what is returned takes it away again. */
export default async function prepare(): Promise<() => Promise<void>> {
  const database = await Database.create(`e2e_${randomBytes(6).toString('hex')}`);
  try {
    const variables = { DATABASE_URL: database.url };
    // Up to now: the newest bucket of every chart has something in it.
    const plan = { ...ROWS, until: new Date().toISOString() };
    await xtask(
      ['seed', ...Object.entries(plan).flatMap(([name, value]) => [`--${name}`, String(value)])],
      variables,
    );
    const { email, displayName, password } = ADMIN;
    await api(
      ['admin', 'create', '--email', email, '--name', displayName, '--password-stdin'],
      variables,
      `${password}\n`,
    );
    const token = await api(['token', 'create', '--name', 'Browser tests', '--role', 'admin'], variables);
    const service = await Service.launch(variables);
    try {
      await inviteViewer(service.url);
    } finally {
      await service.stop();
    }
    handOver({ template: database.name, token: token.trim() });
  } catch (error) {
    await database.drop();
    throw error;
  }
  return () => database.drop();
}
