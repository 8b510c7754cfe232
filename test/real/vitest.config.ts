import { fileURLToPath } from 'node:url'
import { defineConfig } from 'vitest/config'
import { lawReporter } from '../../.ci/law-reporter.ts'

/**
 * The suites that need real servers, one after the other, since they share them and the machine. The law's table has the
 * stores too that need none.
 */
export default defineConfig({
  root: fileURLToPath(new URL('../..', import.meta.url)),
  test: {
    include: ['test/real/**/*.test.ts', 'test/providers/stores/**/*.test.ts'],
    reporters: ['default', lawReporter],
    pool: 'forks',
    fileParallelism: false,
    // Tests that do wait for a product at the same time wait for it once.
    maxConcurrency: 10,
    testTimeout: 120_000,
    hookTimeout: 120_000,
    allowOnly: false,
    passWithNoTests: false,
  },
})
