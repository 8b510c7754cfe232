/** Brings the image of deploy/Dockerfile, and that of the workloads, to the node of the tests. */
import { execFile } from 'node:child_process'
import { promisify } from 'node:util'
import { requireEnv } from '../../require-env.ts'

const run = promisify(execFile)

export const IMAGE = { repository: 'keyrota-test/platform', tag: 'built' } as const

/** Layers that did not change are taken from the last build. */
export async function bringImages(): Promise<void> {
  const image = requireEnv('KEYROTA_TEST_NODE_IMAGE')
  const name = `${IMAGE.repository}:${IMAGE.tag}`
  await run(image, ['build', name, '.', '--file', 'deploy/Dockerfile'], { maxBuffer: 1 << 26 })
  await run(image, ['load', 'node:24-slim'])
}
