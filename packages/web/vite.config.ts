import react from '@vitejs/plugin-react'
import { defineConfig, type UserConfig } from 'vite'

// The server serves `dist` under a strict CSP: nothing here may end as an inline script or an inline style.
export default defineConfig(({ command }) => {
  // A build is always for people: under Vitest, NODE_ENV says `test`, and React's slow development half would go in.
  if (command === 'build') process.env.NODE_ENV = 'production'
  return options
})

const options: UserConfig = {
  plugins: [react()],
  resolve: { conditions: ['@binnacle/source', 'module', 'browser', 'development|production'] },
  build: {
    target: 'es2022',
    sourcemap: false,
    // Every browser that runs the page knows modulepreload; the polyfill would only add bytes.
    modulePreload: { polyfill: false },
    // Fonts stay files: a data: URL would need its own CSP source and could not be cached apart.
    assetsInlineLimit: 0,
    chunkSizeWarningLimit: 400,
  },
  server: {
    host: '127.0.0.1',
    // `npm run dev` with a Binnacle (or the mock server) beside it.
    proxy: { '/api': process.env.BINNACLE_URL ?? 'http://127.0.0.1:7070' },
  },
}
