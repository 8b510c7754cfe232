/** Journals on a namespace of their own in a real cluster, directly and through a proxy that makes faults. */
import assert from 'node:assert/strict'
import { fileURLToPath } from 'node:url'
import { afterAll, afterEach, beforeAll } from 'vitest'
import type { Journal, JournalContext } from '../../../../src/contracts/journal.ts'
import { machine } from '../../../../src/machine.ts'
import { type FaultProxy, type SeenRequest, startFaultProxy } from '../../network/fault-proxy.ts'
import { customResource, makeKubernetesJournal } from './journal-fixture.ts'
import { KubernetesServer } from './server.ts'

export interface JournalRig {
  readonly server: KubernetesServer
  readonly proxy: FaultProxy
  /** For the rules and helpers of the law. */
  readonly fixture: { leaseMs: number; open(): Promise<Journal>; pass(ms: number): Promise<void> }
  direct(options?: object, context?: Partial<JournalContext>): Journal
  faulty(options?: object): Journal
  kubectl(...args: string[]): Promise<string>
}

/** The rig of a test file: set up before all of its tests, and emptied after each. A holder `gone` counts as gone. */
export function useJournalRig(): JournalRig {
  const server = new KubernetesServer()
  const opened: Journal[] = []
  let kubeconfig = ''
  const open = (file: string, options: object, context: Partial<JournalContext> = {}) => {
    const given = { kubeconfig: file, namespace: server.namespace, events: false, ...options }
    const journal = makeKubernetesJournal(given, { isProcessGone: (holder) => holder === 'gone', ...context })
    opened.push(journal)
    return journal
  }
  const rig = {
    server,
    proxy: undefined as unknown as FaultProxy,
    fixture: {
      leaseMs: 2_000,
      open: async () => rig.direct(),
      pass: (ms: number) => machine.clock.sleep(ms),
    },
    direct: (options: object = {}, context: Partial<JournalContext> = {}) =>
      open(server.kubeconfig, options, context),
    faulty: (options: object = {}) => open(kubeconfig, options),
    kubectl: (...args: string[]) => server.kubectl(...args, '-n', server.namespace),
  }
  beforeAll(async () => {
    await server.start()
    await server.kubectl('apply', '--server-side', '-f', fileURLToPath(customResource))
    rig.proxy = await startFaultProxy({ upstream: server.address, ca: server.ca })
    kubeconfig = await server.writeKubeconfig(rig.proxy.url)
  })
  afterEach(async () => {
    rig.proxy.clear()
    rig.proxy.forget()
    for (const journal of opened.splice(0)) await journal.close()
    // The whole collection in one request; by name, a thousand objects take minutes.
    const path = `/apis/keyrota.dev/v1alpha1/namespaces/${server.namespace}/managedkeys`
    await server.kubectl('delete', '--raw', path)
    const documents = `/api/v1/namespaces/${server.namespace}/configmaps?labelSelector=keyrota.dev/document`
    await server.kubectl('delete', '--raw', documents)
  })
  afterAll(async () => {
    await rig.proxy.close()
    await server.stop()
  })
  return rig
}

/** An update of a status. */
export const isStatusPatch = ({ method, path }: SeenRequest): boolean =>
  method === 'PATCH' && path.includes('/status')

export const conflict = {
  kind: 'answer',
  status: 409,
  headers: { 'content-type': 'application/json' },
  body: '{"kind":"Status","code":409}',
} as const

/** Looks again and again, for some seconds. */
export async function eventually(check: () => unknown, what: string): Promise<void> {
  for (let tries = 0; tries < 200; tries += 1) {
    if (await check()) return
    await machine.clock.sleep(50)
  }
  assert.fail(`in vain: ${what}`)
}
