import {
  createRootRoute,
  createRoute,
  createRouter,
  Link,
  lazyRouteComponent,
  retainSearchParams,
} from '@tanstack/react-router'
import { validateAlerts, validateHistory, validateRule, validateRules } from './features/alerts/search.ts'
import { validateDoctor } from './features/doctor/search.ts'
import { validateExplorer } from './features/explorer/search.ts'
import { HomePage } from './features/home/index.ts'
import { validateRouting } from './features/routing/search.ts'
import { Shell } from './features/shell/index.ts'
import { validateSilenceForm, validateSilences } from './features/silences/search.ts'
import { validateTargets } from './features/targets/search.ts'
import { Button } from './ui/button.tsx'
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

const loadAlerts = () => import('./features/alerts/index.ts')
const alerts = createRoute({
  getParentRoute: () => root,
  path: '/alerts',
  validateSearch: validateAlerts,
  component: lazyRouteComponent(loadAlerts, 'AlertsPage'),
})
const rules = createRoute({
  getParentRoute: () => root,
  path: '/alerts/rules',
  validateSearch: validateRules,
  component: lazyRouteComponent(loadAlerts, 'RulesPage'),
})
const rule = createRoute({
  getParentRoute: () => root,
  path: '/alerts/rules/$rule',
  validateSearch: validateRule,
  component: lazyRouteComponent(loadAlerts, 'RulePage'),
})
const alertHistory = createRoute({
  getParentRoute: () => root,
  path: '/alerts/history',
  validateSearch: validateHistory,
  component: lazyRouteComponent(loadAlerts, 'HistoryPage'),
})
/** Where notifications lead: made for a phone. */
const alert = createRoute({
  getParentRoute: () => root,
  path: '/alerts/$fingerprint',
  component: lazyRouteComponent(loadAlerts, 'AlertPage'),
})

const doctor = createRoute({
  getParentRoute: () => root,
  path: '/doctor',
  validateSearch: validateDoctor,
  component: lazyRouteComponent(() => import('./features/doctor/index.ts'), 'DoctorPage'),
})

const loadSilences = () => import('./features/silences/index.ts')
const silences = createRoute({
  getParentRoute: () => root,
  path: '/silences',
  validateSearch: validateSilences,
  component: lazyRouteComponent(loadSilences, 'SilencesPage'),
})
const silenceForm = createRoute({
  getParentRoute: () => root,
  path: '/silences/new',
  validateSearch: validateSilenceForm,
  component: lazyRouteComponent(loadSilences, 'SilenceFormPage'),
})

const routing = createRoute({
  getParentRoute: () => root,
  path: '/routing',
  validateSearch: validateRouting,
  component: lazyRouteComponent(() => import('./features/routing/index.ts'), 'RoutingPage'),
})

export const router = createRouter({
  routeTree: root.addChildren([
    home,
    metrics,
    targets,
    alerts,
    rules,
    rule,
    alertHistory,
    alert,
    silences,
    silenceForm,
    routing,
    doctor,
  ]),
  parseSearch,
  stringifySearch,
  defaultPreload: 'intent',
  scrollRestoration: true,
  // A part that no longer loads (Binnacle was updated meanwhile) or a bug of ours: a fresh page is the way out of both.
  defaultErrorComponent: ({ error }) => (
    <Empty title="This page could not be shown">
      <p>{error instanceof Error ? error.message : String(error)}</p>
      <Button onClick={() => window.location.reload()}>Load it anew</Button>
    </Empty>
  ),
})

declare module '@tanstack/react-router' {
  interface Register {
    router: typeof router
  }
}
