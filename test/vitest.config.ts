import { fileURLToPath } from 'node:url'
import { defineConfig } from 'vitest/config'

/**
 * Files that change what a whole process shares, such as authorities, umask, built-in modules and standard output, or
 * that start many processes. Each of them gets a process for itself.
 */
const APART = [
  'test/*.test.ts',
  'test/cli/**/*.test.ts',
  'test/providers/{shared,stores}/**/*.test.ts',
  'test/providers/journals/sqlite/**/*.test.ts',
]
const ELSEWHERE = ['test/real/**', 'test/bench/**', 'node_modules/**']

const shared = {
  setupFiles: 'test/shared/clean-environment.ts',
  pool: 'forks',
  // A limit against hanging, wide enough for a machine that does something else beside.
  testTimeout: 300_000,
  hookTimeout: 300_000,
} as const

/** The hermetic suite. What needs outside servers lives in `test/real` and has a config of its own. */
export default defineConfig({
  root: fileURLToPath(new URL('..', import.meta.url)),
  test: {
    // Several files start processes of their own: more files at a time would only make them wait for each other.
    maxWorkers: 2,
    allowOnly: false,
    passWithNoTests: false,
    projects: [
      {
        test: {
          ...shared,
          name: 'apart',
          include: APART,
          exclude: ELSEWHERE,
          globalSetup: ['test/cli/bundle-for-all.ts'],
        },
      },
      {
        test: {
          ...shared,
          name: 'together',
          include: ['test/**/*.test.ts'],
          exclude: [...ELSEWHERE, ...APART],
          // A fresh process for each file costs more than what most files do in it.
          isolate: false,
        },
      },
    ],
  },
})
