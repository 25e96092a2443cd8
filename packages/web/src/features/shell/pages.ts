import { IconChartLine, IconHome, IconRadar2 } from '@tabler/icons-react'

/** The pages that exist; navigation, palette and `g` keys come from this list. (`g t` is kept for traces.) */
export const PAGES = [
  { to: '/', name: 'Home', key: 'h', icon: IconHome, group: undefined },
  { to: '/explore', name: 'Metrics', key: 'm', icon: IconChartLine, group: 'Explore' },
  { to: '/targets', name: 'Targets', key: 'r', icon: IconRadar2, group: 'System' },
] as const
