/** The list of leads. */

import { ListPage } from '../rows/list-page';
import { LEADS } from './entity';

export function LeadsPage() {
  return <ListPage entity={LEADS} />;
}
