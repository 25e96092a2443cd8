import { Menu, useMantineColorScheme } from '@mantine/core'
import {
  IconDeviceDesktop,
  IconKeyboard,
  IconMenu2,
  IconMoon,
  IconRefresh,
  IconSearch,
  IconSun,
} from '@tabler/icons-react'
import { Outlet, useNavigate, useRouterState } from '@tanstack/react-router'
import { lazy, Suspense, useEffect, useRef, useState } from 'react'
import { Button } from '../../ui/button.tsx'
import { useKeys, useRefresh, useTimeRange } from '../../view/index.ts'
import { ConnectionStrip, useConnectionLost } from './connection-strip.tsx'
import { collectKeys, type EarlyKeys } from './early-keys.ts'
import { Nav } from './nav.tsx'
import { PAGES, pageNameAt } from './pages.ts'
import classes from './shell.module.css'
import { TimePicker } from './time-picker.tsx'

const loadPalette = () => import('./palette.tsx')
const loadKeyHelp = () => import('./key-help.tsx')
const loadNavDrawer = () => import('./nav-drawer.tsx')
const Palette = lazy(() => loadPalette().then((m) => ({ default: m.Palette })))
const KeyHelp = lazy(() => loadKeyHelp().then((m) => ({ default: m.KeyHelp })))
const NavDrawer = lazy(() => loadNavDrawer().then((m) => ({ default: m.NavDrawer })))

const LAYERS_AFTER_MS = 800

/** Layers come after the page, but before they are asked for: what is typed right after Ctrl+K must not be lost. */
function useLayersSoon(): void {
  useEffect(() => {
    const timer = setTimeout(() => {
      for (const load of [loadPalette, loadKeyHelp, loadNavDrawer]) void load().catch(() => undefined)
    }, LAYERS_AFTER_MS)
    return () => clearTimeout(timer)
  }, [])
}

type Layer = 'palette' | 'keys' | 'nav' | undefined

/** Navigation, top bar and the page between them. */
export function Shell() {
  const [layer, setLayer] = useState<Layer>()
  const [timeOpened, setTimeOpened] = useState(false)
  const lost = useConnectionLost()
  useLayersSoon()
  const navigate = useNavigate()
  const time = useTimeRange()
  const early = useRef<EarlyKeys>(undefined)
  const close = () => {
    early.current?.take()
    setLayer(undefined)
  }
  const openPalette = () => {
    if (layer !== 'palette') early.current = collectKeys()
    setLayer('palette')
  }
  const path = useRouterState({ select: (s) => s.location.pathname })
  const name = pageNameAt(path)
  useEffect(() => {
    document.title = name === undefined ? 'Binnacle' : `${name} · Binnacle`
  }, [name])
  useKeys([
    { keys: 'mod+k', label: 'Go to, search, or do', group: 'Everywhere', run: openPalette },
    { keys: '?', label: 'These keys', group: 'Everywhere', run: () => setLayer('keys') },
    ...PAGES.map((page) => ({
      keys: `g ${page.key}`,
      label: page.name,
      group: 'Go to',
      run: () => void navigate({ to: page.to }),
    })),
    { keys: 't t', label: 'Choose a time range', group: 'Time', run: () => setTimeOpened(true) },
    { keys: 't -', label: 'Zoom out', group: 'Time', run: () => time.zoom(2) },
    { keys: 't +', label: 'Zoom in', group: 'Time', run: () => time.zoom(0.5) },
    { keys: 't c', label: 'Copy the time range', group: 'Time', run: () => time.copy() },
    { keys: 't v', label: 'Paste a time range', group: 'Time', run: () => void time.paste() },
  ])
  return (
    <div className={classes.app}>
      <a className={classes.skip} href="#main">
        Skip to the page
      </a>
      <div className={classes.side}>
        <Nav />
      </div>
      <div className={classes.desk}>
        <header className={classes.top}>
          <span className={classes.burger}>
            <Button icon look="quiet" aria-label="Pages" aria-haspopup="dialog" onClick={() => setLayer('nav')}>
              <IconMenu2 size={18} aria-hidden="true" />
            </Button>
          </span>
          <span className={classes.where} aria-hidden="true">
            {name ?? (path === '/' ? 'Home' : '')}
          </span>
          <button type="button" className={classes.find} aria-haspopup="dialog" onClick={openPalette}>
            <IconSearch size={15} aria-hidden="true" />
            <span>Go to, search, or do…</span>
            <kbd>{isMac ? '⌘ K' : 'Ctrl K'}</kbd>
          </button>
          <div className={classes.tools}>
            <TimePicker opened={timeOpened} onOpened={setTimeOpened} />
            <span className={classes.wide}>
              <RefreshMenu />
              <ThemeMenu />
              <Button
                icon
                look="quiet"
                aria-label="Keys of this page"
                title="?"
                aria-haspopup="dialog"
                onClick={() => setLayer('keys')}
              >
                <IconKeyboard size={17} aria-hidden="true" />
              </Button>
            </span>
          </div>
        </header>
        <ConnectionStrip />
        <main id="main" className={classes.main} data-stale={lost || undefined} tabIndex={-1}>
          <Outlet />
        </main>
      </div>
      <Suspense fallback={null}>
        {layer === 'palette' && <Palette onClose={close} takeTyped={() => early.current?.take() ?? ''} />}
        {layer === 'keys' && <KeyHelp onClose={close} />}
        {layer === 'nav' && (
          <NavDrawer onClose={close}>
            <RefreshMenu />
            <ThemeMenu />
          </NavDrawer>
        )}
      </Suspense>
    </div>
  )
}

const isMac = /Mac|iPhone|iPad/.test(navigator.platform)

const REFRESH_NAMES: Readonly<Record<string, string>> = {
  off: 'Paused',
  '5s': 'Live · 5 s',
  '15s': 'Every 15 s',
  '1m': 'Every minute',
  '5m': 'Every 5 min',
}

function RefreshMenu() {
  const refresh = useRefresh()
  const lost = useConnectionLost()
  const stands = refresh.value !== 'off' && refresh.intervalMs === false
  const name = lost ? 'No connection' : stands ? 'Fixed range' : REFRESH_NAMES[refresh.value]
  return (
    <Menu position="bottom-end" withinPortal>
      <Menu.Target>
        <Button
          aria-label={`Refresh: ${name}`}
          title={
            stands ? 'The range ends at a fixed time: there is nothing to refresh.' : 'How often this page asks anew'
          }
        >
          <span
            className={classes.pulse}
            data-live={(refresh.intervalMs !== false && !lost) || undefined}
            aria-hidden="true"
          />
          {name}
        </Button>
      </Menu.Target>
      <Menu.Dropdown>
        {refresh.choices.map((choice) => (
          <Menu.Item
            key={choice}
            leftSection={
              choice === refresh.value ? <IconRefresh size={14} aria-hidden="true" /> : <span className={classes.gap} />
            }
            onClick={() => refresh.set(choice)}
          >
            {REFRESH_NAMES[choice]}
          </Menu.Item>
        ))}
      </Menu.Dropdown>
    </Menu>
  )
}

const THEMES = [
  { value: 'light', name: 'Light', icon: IconSun },
  { value: 'dark', name: 'Dark', icon: IconMoon },
  { value: 'auto', name: 'As the system', icon: IconDeviceDesktop },
] as const

function ThemeMenu() {
  const { colorScheme, setColorScheme } = useMantineColorScheme()
  const current = THEMES.find((t) => t.value === colorScheme) ?? THEMES[2]
  return (
    <Menu position="bottom-end" withinPortal>
      <Menu.Target>
        <Button icon look="quiet" aria-label={`Theme: ${current.name}`} title="Theme">
          <current.icon size={17} aria-hidden="true" />
        </Button>
      </Menu.Target>
      <Menu.Dropdown>
        {THEMES.map((theme) => (
          <Menu.Item
            key={theme.value}
            leftSection={<theme.icon size={14} aria-hidden="true" />}
            onClick={() => setColorScheme(theme.value)}
          >
            {theme.name}
          </Menu.Item>
        ))}
      </Menu.Dropdown>
    </Menu>
  )
}
