import { defineConfig } from 'vitest/config'

// One runner for all packages. Tests read TypeScript sources (condition "@binnacle/source"); what they start as a process
// of its own (the program, the engine host, query workers) runs from dist/, which the global setup brings up to date.
export default defineConfig({
  resolve: { conditions: ['@binnacle/source'] },
  ssr: { resolve: { conditions: ['@binnacle/source', 'node', 'import', 'default'] } },
  test: {
    // Whole processes with native code are started: forks isolate them; two workers are what two cores carry.
    pool: 'forks',
    globalSetup: 'scripts/vitest-setup.mjs',
    setupFiles: 'scripts/vitest-seed.mjs',
    maxWorkers: 2,
    include: ['packages/*/src/**/*.test.ts', 'packages/*/test/**/*.test.ts', 'scripts/**/*.test.ts'],
    testTimeout: 30_000,
    hookTimeout: 60_000,
    reporters: process.env.CI ? ['default'] : ['dot'],
  },
})
