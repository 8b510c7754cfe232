import { fileURLToPath } from 'node:url'
import { defineConfig } from 'vitest/config'

/** The hermetic suite. What needs outside servers lives in `test/real` and has a config of its own. */
export default defineConfig({
  root: fileURLToPath(new URL('..', import.meta.url)),
  test: {
    include: ['test/**/*.test.ts'],
    exclude: ['test/real/**', 'test/bench/**', 'node_modules/**'],
    setupFiles: ['test/shared/clean-environment.ts'],
    pool: 'forks',
    // Several files start processes of their own: more files at a time would only make them wait for each other.
    maxWorkers: 2,
    // A limit against hanging, wide enough for a machine that does something else beside.
    testTimeout: 300_000,
    hookTimeout: 300_000,
    allowOnly: false,
    passWithNoTests: false,
  },
})
