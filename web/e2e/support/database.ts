/** Databases on the given PostgreSQL: a template that is seeded once a run, and copies of it, which take a moment each. */

import pg from 'pg';

/** The PostgreSQL; whoever is named there may create databases. */
const SERVER = 'TEST_DATABASE_URL';

/** A database of its own. */
export class Database {
  private constructor(readonly name: string) {}

  /** Creates one: empty, or a copy of another that nobody is connected to. */
  static async create(name: string, template?: string): Promise<Database> {
    const copy = template === undefined ? '' : ` TEMPLATE ${pg.escapeIdentifier(template)}`;
    await onServer(`CREATE DATABASE ${pg.escapeIdentifier(name)}${copy}`);
    return new Database(name);
  }

  /** Its URL. */
  get url(): string {
    return urlOf(this.name);
  }

  /** Asks it past the service, for what no page can bring about. */
  async query<Row extends pg.QueryResultRow>(sql: string, values: unknown[] = []): Promise<Row[]> {
    const client = new pg.Client({ connectionString: this.url });
    await client.connect();
    try {
      return (await client.query<Row>(sql, values)).rows;
    } finally {
      await client.end();
    }
  }

  /** Drops it, whoever is connected. */
  async drop(): Promise<void> {
    await onServer(`DROP DATABASE IF EXISTS ${pg.escapeIdentifier(this.name)} WITH (FORCE)`);
  }
}

async function onServer(sql: string): Promise<void> {
  const client = new pg.Client({ connectionString: given() });
  await client.connect();
  try {
    await client.query(sql);
  } finally {
    await client.end();
  }
}

function urlOf(name: string): string {
  const url = new URL(given());
  url.pathname = `/${name}`;
  return url.href;
}

function given(): string {
  const url = process.env[SERVER];
  if (url) return url;
  throw new Error(`${SERVER} names no PostgreSQL: run the tests with \`cargo xtask web test\``);
}
