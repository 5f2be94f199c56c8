/** The client of the service: everything that the pages ask it goes through here. */

import { createMetricsClient } from '@admin-metrics/client';

/** What asks the service. `metrics.background` is for what nobody waits for: it does not keep a session alive. */
export const metrics = createMetricsClient();
