/** Follows the record of a ManagedKey, commit by commit. */
import { spawn } from 'node:child_process'
import { createInterface } from 'node:readline'
import { requireEnv } from '../../require-env.ts'

export interface Commit {
  revision: number
  /** Empty while no rotation runs. */
  step: string
  holder: string
}

const SHOWN =
  '{.status.journal.revision} {.status.rotation.step} {.status.journal.holder} {.status.journal.claimId}{"\\n"}'

/** Calls `seen` for every change, until the returned function is called. */
export function followKey(
  at: { namespace: string; kubeconfig: string; key: string },
  seen: (commit: Commit) => void,
): () => void {
  const watching = spawn(requireEnv('KEYROTA_TEST_KUBECTL'), [
    ...['--kubeconfig', at.kubeconfig, '--namespace', at.namespace],
    ...['get', 'managedkey', at.key, '--watch', '-o', `jsonpath=${SHOWN}`],
  ])
  createInterface(watching.stdout).on('line', (line) => {
    const [revision = '', step = '', holder = ''] = line.split(' ')
    seen({ revision: Number(revision), step, holder })
  })
  return () => void watching.kill()
}
