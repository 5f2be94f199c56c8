/** The list of users. */

import { ListPage } from '../rows/list-page';
import { USERS } from './entity';

export function UsersPage() {
  return <ListPage entity={USERS} />;
}
