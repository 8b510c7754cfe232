import { fileURLToPath } from 'node:url'
import { afterAll, afterEach, beforeAll, describe, test } from 'vitest'
import type { Journal } from '../../../src/contracts/journal.ts'
import { machine } from '../../../src/machine.ts'
import { journalLaw } from '../../laws/journal.ts'
import { customResource, makeKubernetesJournal } from '../../shared/stand-ins/kubernetes/journal-fixture.ts'
import { KubernetesServer } from '../../shared/stand-ins/kubernetes/server.ts'

const server = new KubernetesServer()
const opened: Journal[] = []

beforeAll(async () => {
  await server.start()
  await server.kubectl('apply', '--server-side', '-f', fileURLToPath(customResource))
})
afterEach(async () => {
  for (const journal of opened.splice(0)) await journal.close()
  await server.kubectl('delete', 'managedkeys', '--all', '-n', server.namespace, '--wait=true')
})
afterAll(() => server.stop())

describe('kubernetes keeps the law of journals: kube-apiserver', () => {
  for (const rule of journalLaw)
    test(rule.name, () =>
      rule.run({
        leaseMs: 1_500,
        goneHolder: 'gone',
        open: async () => {
          const given = { kubeconfig: server.kubeconfig, namespace: server.namespace }
          const journal = makeKubernetesJournal(given, { isProcessGone: (holder) => holder === 'gone' })
          opened.push(journal)
          return journal
        },
        pass: (ms) => machine.clock.sleep(ms),
      }),
    )
})
