// Runs before the first paint, so that a dark page never flashes white. Its own file because the CSP forbids inline scripts.
;(() => {
  let scheme = 'auto'
  try {
    scheme = localStorage.getItem('binnacle.theme') ?? 'auto'
  } catch {
    // Storage can be forbidden; then the system decides.
  }
  const dark = scheme === 'dark' || (scheme !== 'light' && matchMedia('(prefers-color-scheme: dark)').matches)
  document.documentElement.setAttribute('data-mantine-color-scheme', dark ? 'dark' : 'light')
})()
