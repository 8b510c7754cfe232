/**
 * `node .ci/chart/manifests.ts`: renders deploy/kubernetes from the chart. It needs helm, which not every machine has, so
 * it is no part of `npm run generate`.
 */

import { execFileSync } from 'node:child_process'
import { writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'

const root = fileURLToPath(new URL('../..', import.meta.url))
const modes = ['cronjob', 'deployment']

/** The expected text of each manifest, by its path in the repository. `helm`: the program. */
export function makeManifests(helm: string): Map<string, string> {
  const files = modes.map((mode) => {
    const values = ['--values', 'deploy/kubernetes/values.yaml', '--set', `mode=${mode}`]
    const args = ['template', 'keyrota', 'helm/keyrota', '--namespace', 'keyrota', ...values]
    return [
      `deploy/kubernetes/${mode}.yaml`,
      `# Rendered from helm/keyrota with values.yaml; change these.\n${execFileSync(helm, args, { cwd: root, encoding: 'utf8' })}`,
    ] as const
  })
  return new Map(files)
}

if (import.meta.main) {
  for (const [path, text] of makeManifests(process.env.KEYROTA_TEST_HELM ?? 'helm'))
    writeFileSync(join(root, path), text)
}
