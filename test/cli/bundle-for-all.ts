/* Runs once before all tests: bundles the program that they start hundreds of times. */

import { mkdirSync, mkdtempSync, rmSync } from 'node:fs'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import type { TestProject } from 'vitest/node'
import { bundlePrograms } from './bundle.ts'

/** Below `node_modules`, so that what is not bundled is found from there. */
const CACHE = fileURLToPath(new URL('../../node_modules/.cache', import.meta.url))

export async function setup(project: TestProject): Promise<() => void> {
  mkdirSync(CACHE, { recursive: true })
  const folder = mkdtempSync(join(CACHE, 'keyrota-program-'))
  const bundle = async () => {
    const program = await bundlePrograms(folder, {
      main: 'src/main.ts',
      'scan-worker': 'src/scan/worker.ts',
    })
    process.env.KEYROTA_TEST_PROGRAM = program('main')
  }
  await bundle()
  project.onTestsRerun(bundle)
  return () => rmSync(folder, { recursive: true, force: true })
}
