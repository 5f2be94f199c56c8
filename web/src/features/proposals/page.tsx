/** The list of proposals. */

import { ListPage } from '../rows/list-page';
import { PROPOSALS } from './entity';

export function ProposalsPage() {
  return <ListPage entity={PROPOSALS} />;
}
