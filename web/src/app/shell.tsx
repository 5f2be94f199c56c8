/** What is around every page of who is signed in: the pages' names at the side, and who one is. */

import { Link, type LinkProps, Outlet, useRouterState } from '@tanstack/react-router';
import {
  BookOpen,
  CircleUserRound,
  Database,
  FileText,
  KeyRound,
  LayoutDashboard,
  LogOut,
  type LucideIcon,
  MenuIcon,
  ScrollText,
  Target,
  Users,
} from 'lucide-react';
import { useEffect, useRef } from 'react';
import { useTranslations } from 'use-intl';

import { LiveIndicator } from '../live/indicator';
import { LiveProvider } from '../live/provider';
import { Button, IconButton } from '../ui/button';
import { Deferred } from '../ui/deferred';
import { Menu, MenuItem, MenuLink, MenuSeparator } from '../ui/menu';
import { Brand } from './brand';
import { useIsAdmin, useSession } from './routes';
import { Settings } from './settings';
import { useSignOut } from './sign-out';
import styles from './shell.module.css';

interface Page {
  to: NonNullable<LinkProps['to']>;
  name: 'dashboard' | 'users' | 'proposals' | 'leads' | 'cache' | 'audit' | 'tokens';
  icon: LucideIcon;
  /** Only administrators may look at it. */
  isForAdmins?: boolean;
}

const PAGES: readonly Page[] = [
  { to: '/', name: 'dashboard', icon: LayoutDashboard },
  { to: '/users', name: 'users', icon: Users },
  { to: '/proposals', name: 'proposals', icon: FileText },
  { to: '/leads', name: 'leads', icon: Target },
];

const OPERATIONS: readonly Page[] = [
  { to: '/cache', name: 'cache', icon: Database },
  { to: '/audit', name: 'audit', icon: ScrollText, isForAdmins: true },
  { to: '/tokens', name: 'tokens', icon: KeyRound, isForAdmins: true },
];

/** The frame; the page is its outlet. */
export function Shell() {
  const t = useTranslations('shell');
  const main = useRef<HTMLElement>(null);
  const path = useRouterState({ select: ({ location }) => location.pathname });
  useFocusOnNewPage(path, main);
  return (
    <LiveProvider>
      <div className={styles['shell']}>
        <a
          className={styles['skip']}
          href="#content"
          onClick={(event) => {
            event.preventDefault();
            main.current?.focus();
          }}
        >
          {t('skip')}
        </a>
        <div className={styles['side']}>
          <Brand />
          <Navigation />
        </div>
        <header className={styles['top']}>
          <div className={styles['narrow']}>
            <NavigationButton />
            <Brand />
          </div>
          <div className={styles['tools']}>
            <LiveIndicator />
            <Settings />
            <AccountMenu />
          </div>
        </header>
        <main id="content" ref={main} tabIndex={-1} className={styles['main']}>
          <Outlet />
        </main>
      </div>
    </LiveProvider>
  );
}

/** On a narrow screen the pages' names come out of a drawer. */
function NavigationButton() {
  const t = useTranslations('shell');
  const trigger = <IconButton icon={MenuIcon} label={t('openNav')} />;
  return (
    <Deferred trigger={trigger} opens="dialog" load={() => import('./drawer')}>
      {({ Drawer }) => (
        <Drawer trigger={trigger} title={t('nav')} className={styles['side']}>
          {(close) => (
            <>
              <Brand />
              <Navigation onLeave={close} />
            </>
          )}
        </Drawer>
      )}
    </Deferred>
  );
}

function Navigation({ onLeave }: { onLeave?: () => void }) {
  const t = useTranslations('shell');
  const isAdmin = useIsAdmin();
  const item = ({ to, name, icon: Icon }: Page) => (
    <li key={name}>
      <Link
        to={to}
        onClick={onLeave}
        className={styles['link']}
        activeProps={{ className: styles['current'] ?? '', 'aria-current': 'page' }}
        activeOptions={{ exact: to === '/', includeSearch: false }}
      >
        <Icon aria-hidden="true" />
        {t(name)}
      </Link>
    </li>
  );
  return (
    <nav className={styles['nav']} aria-label={t('nav')}>
      <ul>{PAGES.map(item)}</ul>
      <p className={styles['group']} id="operations">
        {t('operations')}
      </p>
      <ul aria-labelledby="operations">
        {OPERATIONS.filter(({ isForAdmins }) => isAdmin || isForAdmins !== true).map(item)}
      </ul>
    </nav>
  );
}

function AccountMenu() {
  const t = useTranslations('shell');
  const common = useTranslations('common.role');
  const { user } = useSession();
  const { signOut, isBusy } = useSignOut();
  return (
    <Menu
      trigger={
        <Button
          variant="quiet"
          icon={CircleUserRound}
          aria-label={t('accountMenu', { name: user.displayName })}
        >
          <span className={styles['name']}>{user.displayName}</span>
        </Button>
      }
    >
      <div className={styles['who']}>
        <strong>{user.displayName}</strong>
        <span>{user.email}</span>
        <span>{common(user.role)}</span>
      </div>
      <MenuSeparator />
      <MenuLink icon={CircleUserRound} render={<Link to="/account" />}>
        {t('account')}
      </MenuLink>
      {/* Not a page of this application. */}
      <MenuLink icon={BookOpen} render={<a href="/docs" />}>
        {t('apiDocs')}
      </MenuLink>
      <MenuSeparator />
      <MenuItem icon={LogOut} disabled={isBusy} onSelect={signOut}>
        {t('signOut')}
      </MenuItem>
    </Menu>
  );
}

/** Whoever goes to another page by keyboard goes on from its beginning, and whoever cannot see it hears of it. */
function useFocusOnNewPage(path: string, main: React.RefObject<HTMLElement | null>): void {
  const shown = useRef(path);
  useEffect(() => {
    if (shown.current === path) return;
    shown.current = path;
    main.current?.focus({ preventScroll: true });
  }, [path, main]);
}
