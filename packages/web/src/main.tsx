import '@fontsource-variable/inter/wght.css'
import '@fontsource-variable/jetbrains-mono/wght.css'
import '@mantine/core/styles/baseline.css'
import '@mantine/core/styles/default-css-variables.css'
import '@mantine/core/styles/global.css'
import '@mantine/core/styles/UnstyledButton.css'
import '@mantine/core/styles/ScrollArea.css'
import '@mantine/core/styles/Paper.css'
import '@mantine/core/styles/Popover.css'
import '@mantine/core/styles/Menu.css'
import '@mantine/core/styles/CloseButton.css'
import '@mantine/core/styles/Overlay.css'
import '@mantine/core/styles/ModalBase.css'
import '@mantine/core/styles/Modal.css'
import '@mantine/core/styles/Drawer.css'
import '@mantine/core/styles/Input.css'
import './ui/tokens.css'
import './ui/base.css'
import './ui/mantine.css'
import { MantineProvider } from '@mantine/core'
import { QueryClient, QueryClientProvider } from '@tanstack/react-query'
import { RouterProvider } from '@tanstack/react-router'
import { StrictMode } from 'react'
import { createRoot } from 'react-dom/client'
import { translateOldLink } from './old-links.ts'
import { router } from './router.tsx'
import { cssVariables, schemeManager, theme } from './ui/mantine-theme.ts'
import { nonce } from './ui/nonce.ts'
import { noteArrival, noteMove, withoutMark } from './view/index.ts'

const client = new QueryClient({
  defaultOptions: {
    queries: { retry: 1, staleTime: 2000, gcTime: 60_000, refetchIntervalInBackground: false, networkMode: 'always' },
  },
})

const { pathname, search, hash } = window.location
const translated = translateOldLink(pathname, search, hash)
const [loaded] = performance.getEntriesByType('navigation') as PerformanceNavigationTiming[]
noteArrival({ path: pathname, search, translated, isReturn: loaded !== undefined && loaded.type !== 'navigate' })
router.subscribe('onResolved', ({ fromLocation, toLocation }) => {
  if (fromLocation !== undefined) noteMove(toLocation.pathname)
})
const led = translated ?? withoutMark({ path: pathname, search })
if (led !== undefined) void router.navigate({ href: led, replace: true })

createRoot(document.getElementById('app')!).render(
  <StrictMode>
    <MantineProvider
      theme={theme}
      cssVariablesResolver={cssVariables}
      colorSchemeManager={schemeManager}
      defaultColorScheme="auto"
      getStyleNonce={() => nonce}
    >
      <QueryClientProvider client={client}>
        <RouterProvider router={router} />
      </QueryClientProvider>
    </MantineProvider>
  </StrictMode>,
)
