import {
  createRootRoute,
  createRoute,
  createRouter,
  Link,
  lazyRouteComponent,
  retainSearchParams,
} from '@tanstack/react-router'
import { validateExplorer } from './features/explorer/search.ts'
import { HomePage } from './features/home/index.ts'
import { Shell } from './features/shell/index.ts'
import { validateTargets } from './features/targets/search.ts'
import { Empty } from './ui/notice.tsx'
import { parseSearch, stringifySearch, validateShared } from './view/index.ts'

const root = createRootRoute({
  component: Shell,
  validateSearch: validateShared,
  search: { middlewares: [retainSearchParams(['from', 'to', 'refresh'])] },
  notFoundComponent: () => (
    <Empty title="There is no page here">
      <Link to="/">Home</Link>
    </Empty>
  ),
})

const home = createRoute({ getParentRoute: () => root, path: '/', component: HomePage })

// Not /metrics: there Binnacle exposes its own metrics. The editor is the heaviest part of the pages: it comes only with the page that has it.
const metrics = createRoute({
  getParentRoute: () => root,
  path: '/explore',
  validateSearch: validateExplorer,
  component: lazyRouteComponent(() => import('./features/explorer/index.ts'), 'ExplorerPage'),
})

const targets = createRoute({
  getParentRoute: () => root,
  path: '/targets',
  validateSearch: validateTargets,
  component: lazyRouteComponent(() => import('./features/targets/index.ts'), 'TargetsPage'),
})

export const router = createRouter({
  routeTree: root.addChildren([home, metrics, targets]),
  parseSearch,
  stringifySearch,
  defaultPreload: 'intent',
  scrollRestoration: true,
})

declare module '@tanstack/react-router' {
  interface Register {
    router: typeof router
  }
}
