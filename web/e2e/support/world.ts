/** What a worker has of its own: a database with demo data, a Redis, and two instances of the service over both. */

import { randomBytes } from 'node:crypto';

import type { MetricsClient } from '@admin-metrics/client';

import { Database } from './database';
import { prepared } from './prepared';
import { Redis } from './redis';
import { Service, type Variables } from './service';

/** All of it. */
export class World {
  private constructor(
    readonly database: Database,
    readonly redis: Redis,
    /** The instance that pages are loaded from, unless a test says otherwise. */
    readonly a: Service,
    /** Another one, on the same database and the same Redis. */
    readonly b: Service,
  ) {}

  /** Makes one. */
  static async make(variables: Variables): Promise<World> {
    const { template } = prepared();
    const [database, redis] = await Promise.all([
      Database.create(`${template}_${randomBytes(4).toString('hex')}`, template),
      Redis.launch(),
    ]);
    const launch = () => Service.launch({ ...variablesOf(database, redis), ...variables });
    const [a, b] = await Promise.all([launch(), launch()]);
    return new World(database, redis, a, b);
  }

  /** Starts one more instance, configured by `variables`; whoever does ends it. */
  another(variables: Variables = {}): Promise<Service> {
    return Service.launch({ ...variablesOf(this.database, this.redis), ...variables });
  }

  /** The generated client on an instance, which may do what an admin may; on the first one, unless said. */
  client(service: Service = this.a): MetricsClient {
    return service.client(prepared().token);
  }

  /** Ends all of it. */
  async end(): Promise<void> {
    await Promise.all([this.a.stop('SIGKILL'), this.b.stop('SIGKILL'), this.redis.remove()]);
    await this.database.drop();
  }
}

function variablesOf(database: Database, redis: Redis): Variables {
  return { DATABASE_URL: database.url, REDIS_URL: redis.url };
}
