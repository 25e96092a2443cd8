import {
  IconBell,
  IconBellOff,
  IconChartLine,
  IconHome,
  IconRadar2,
  IconSitemap,
  IconStethoscope,
} from '@tabler/icons-react'

// Letters that are spoken for: d dashboards, l logs, t traces, e errors, s SLOs, i incidents, o on-call.
/** The pages that exist; navigation, palette and `g` keys come from this list. */
export const PAGES = [
  { to: '/', name: 'Home', key: 'h', icon: IconHome, group: undefined },
  { to: '/alerts', name: 'Alerts', key: 'a', icon: IconBell, group: undefined },
  { to: '/silences', name: 'Silences', key: 'q', icon: IconBellOff, group: undefined },
  { to: '/routing', name: 'Routing', key: 'w', icon: IconSitemap, group: undefined },
  { to: '/doctor', name: 'Doctor', key: 'x', icon: IconStethoscope, group: undefined },
  { to: '/explore', name: 'Metrics', key: 'm', icon: IconChartLine, group: 'Explore' },
  { to: '/targets', name: 'Targets', key: 'r', icon: IconRadar2, group: 'System' },
] as const

/** Pages inside of others: by name in the palette, and in the title of the window. */
export const INNER_PAGES = [
  { to: '/alerts/rules', name: 'Rules' },
  { to: '/alerts/history', name: 'History of alerts' },
  { to: '/silences/new', name: 'New silence' },
] as const

/** What the place at `path` is called: its own name, or that of the page that it lies in. */
export function pageNameAt(path: string): string | undefined {
  const all = [...INNER_PAGES, ...PAGES]
  const found = all.find((p) => p.to === path) ?? PAGES.find((p) => p.to !== '/' && path.startsWith(`${p.to}/`))
  return found?.to === '/' ? undefined : found?.name
}
