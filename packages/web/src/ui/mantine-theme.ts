import { type CSSVariablesResolver, createTheme, localStorageColorSchemeManager } from '@mantine/core'

// Mantine gives behaviour (focus, layers, keys); its looks come from our tokens.
export const theme = createTheme({
  fontFamily: 'var(--bn-font)',
  fontFamilyMonospace: 'var(--bn-mono)',
  defaultRadius: 6,
  respectReducedMotion: true,
  fontSizes: { xs: '11px', sm: '12px', md: '13px', lg: '15px', xl: '20px' },
  cursorType: 'pointer',
  components: {
    Popover: { defaultProps: { transitionProps: { duration: 0 }, shadow: 'bn', radius: 6 } },
    Menu: { defaultProps: { transitionProps: { duration: 0 }, shadow: 'bn', radius: 6 } },
  },
  shadows: { bn: 'var(--bn-shadow-float)' },
})

const shared = {
  '--mantine-color-body': 'var(--bn-surface)',
  '--mantine-color-text': 'var(--bn-text)',
  '--mantine-color-dimmed': 'var(--bn-text-muted)',
  '--mantine-color-placeholder': 'var(--bn-text-muted)',
  '--mantine-color-default': 'var(--bn-surface)',
  '--mantine-color-default-border': 'var(--bn-line)',
  '--mantine-color-default-hover': 'var(--bn-surface-2)',
  '--mantine-primary-color-filled': 'var(--bn-accent)',
  '--mantine-color-error': 'var(--bn-critical)',
}

export const cssVariables: CSSVariablesResolver = () => ({ variables: {}, light: shared, dark: shared })

export const schemeManager = localStorageColorSchemeManager({ key: 'binnacle.theme' })
