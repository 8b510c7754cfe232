/** One key in a mounted Secret, and a Deployment that uses it all the time. */
import assert from 'node:assert/strict'
import type { KeyView } from '../../../../src/sandbox/keys.ts'
import { chart, type Values } from '../chart/helm.ts'
import { type Platform, times } from './platform.ts'
import type { WorkloadOptions } from './workload.ts'

export const KEY = 'web-prod'
export const SECRET = 'app'

/** Runs start by hand only, so that no run of the schedule comes in between. */
const byHand = { cronjob: { schedule: '0 0 29 2 *' } }

export interface Setup {
  /** Policy of the key where it differs from the times of the platform. */
  defaults?: object
  /** Options of the consumer and of the workload where they differ from a Deployment that is restarted. */
  consumer?: object
  workload?: Partial<WorkloadOptions>
}

export class Web {
  readonly platform: Platform
  readonly #setup: Setup

  constructor(platform: Platform, setup: Setup = {}) {
    this.platform = platform
    this.#setup = setup
  }

  /** Values of the release; `users` are the consumers of the key. */
  values(more: Values = {}, users: readonly string[] = ['web']): Values {
    const { namespace } = this.platform.web
    const { consumer = {}, defaults = {} } = this.#setup
    const rollout = { type: 'kubernetes-rollout', kind: 'Deployment', name: 'web', namespace }
    const consumers = { web: { ...rollout, ...consumer } }
    const keys = { [KEY]: { ...this.platform.keyIn(SECRET, users), first: true } }
    return this.platform.values(
      { keys, consumers, defaults: { ...times, ...defaults } },
      { ...byHand, ...more },
    )
  }

  /** Installs the chart, has it make the first key, and starts the Deployment with it. */
  async start(more: Values = {}): Promise<void> {
    const { platform } = this
    await platform.newSecret(platform.web, SECRET, { SIBLING: 'stays' })
    await platform.install(this.values({}, []))
    const { exitCode, log } = await platform.runJob('first')
    assert.equal(exitCode, 0, log)
    await platform.startWorkload({ name: 'web', ...this.#setup.workload })
    await platform.helm.run(['upgrade', 'keyrota', chart], this.values(more))
  }

  /** Replaces the CronJob by a Deployment of this many replicas. */
  async serve(replicas: number, more: Values = {}): Promise<void> {
    const values = this.values({ mode: 'deployment', deployment: { replicas }, ...more })
    await this.platform.helm.run(['upgrade', 'keyrota', chart], values)
    await this.platform.kubectl('rollout', 'status', 'deployment/keyrota', '--timeout=180s')
  }

  async annotate(...annotations: string[]): Promise<void> {
    await this.platform.kubectl('annotate', 'managedkey', KEY, ...annotations)
  }

  keys(state: KeyView['state']): KeyView[] {
    return this.platform.gateway.listKeys().filter((key) => key.state === state)
  }

  /** The key with this fingerprint, once the gateway refuses it. */
  async refused(fingerprint: string): Promise<KeyView> {
    return await this.platform.until('the refusal of the old key', async () =>
      this.platform.gateway
        .listKeys()
        .find((key) => key.fingerprint === fingerprint && key.state === 'revoked'),
    )
  }

  /** Waits until the rotation after this one has ended, and answers its end. */
  async ended(before: string | undefined): Promise<{ id: string; end: string }> {
    return await this.platform.until('the end of the rotation', async () => {
      const { lastRotation } = (await this.platform.managedKey(KEY)).status
      return lastRotation && lastRotation.id !== before ? lastRotation : undefined
    })
  }

  /** The promises: the gateway refused no call of the workload, and one key lives: the one that the Secret holds. */
  async assertSafe(): Promise<void> {
    assert.deepEqual(this.platform.calls.refused(), [])
    const live = this.platform.gateway.listKeys().filter(({ state }) => state !== 'revoked')
    const shown = live.map(({ fingerprint }) => fingerprint)
    assert.deepEqual(shown, [await this.platform.held(SECRET)])
  }
}
