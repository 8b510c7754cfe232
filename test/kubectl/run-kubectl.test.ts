import { afterEach, describe, expect, it, vi } from 'vitest'
import { makeKubectl, type Reach } from '../../src/kubectl/run-kubectl.ts'
import { VirtualClock } from '../shared/virtual-clock.ts'

afterEach(() => {
  vi.restoreAllMocks()
  process.exitCode = 0
})

/** Types a command; returns what was asked of the cluster and what was printed. */
async function type(
  words: string,
  answers: ({ isTaken: boolean; text: string } | null)[] = [
    { isTaken: true, text: 'rotate: a rotation is requested' },
  ],
) {
  const asked: unknown[] = []
  let printed = ''
  vi.spyOn(process.stdout, 'write').mockImplementation((text) => {
    printed += String(text)
    return true
  })
  const reach: Reach = {
    clock: new VirtualClock(),
    open: async (signIn) => ({
      readConfig: async () => undefined,
      annotate: async (at, annotations) => void asked.push([signIn.namespace, at, annotations]),
      answerTo: async () => answers.shift() ?? null,
      close: () => undefined,
    }),
    run: async () => undefined,
  }
  await makeKubectl(reach).parseAsync(words.split(' '), { from: 'user' })
  return { asked, printed, code: process.exitCode }
}

describe('kubectl keyrota asks by annotations', () => {
  it('at the object of a key of the config, and at that of a team', async () => {
    const kubeconfig = '--kubeconfig /k'
    expect((await type(`${kubeconfig} rotate renderer-prod --reason planned`)).asked).toEqual([
      ['keyrota', { namespace: 'keyrota', name: 'renderer-prod' }, { 'keyrota.dev/rotate': 'planned' }],
    ])
    const leak = `${kubeconfig} -n keys rotate team-a/renderer --compromised --leaked old --kill-by 15m --reason log`
    expect((await type(leak)).asked).toEqual([
      [
        'keys',
        { namespace: 'team-a', name: 'renderer' },
        { 'keyrota.dev/compromised': 'log', 'keyrota.dev/leaked': 'old', 'keyrota.dev/kill-by': '15m' },
      ],
    ])
    expect((await type(`${kubeconfig} pause ops`)).asked).toMatchObject([
      ['keyrota', { name: 'ops' }, { 'keyrota.dev/pause': 'true' }],
    ])
    expect((await type(`${kubeconfig} resume ops --confirm moved`)).asked).toMatchObject([
      ['keyrota', { name: 'ops' }, { 'keyrota.dev/confirm': 'moved' }],
    ])
  })

  it('waits for the answer, and exits by it', async () => {
    const later = [null, null, { isTaken: false, text: 'rollback: no rotation of ops is running' }]
    expect(await type('--kubeconfig /k rollback ops', later)).toMatchObject({
      printed: 'ops: rollback: no rotation of ops is running\n',
      code: 4,
    })
  })

  it('says what starts it where nothing runs all the time', async () => {
    const { printed } = await type('--kubeconfig /k --release prod rotate ops', [])
    expect(printed).toBe(
      'ops: asked, and not taken yet. In CronJob mode: kubectl create job -n keyrota --from=cronjob/prod-keyrota now\n',
    )
  })

  it('needs the config of the release for what looks', async () => {
    await expect(type('--kubeconfig /k status')).rejects.toThrow(
      'the ConfigMap keyrota/keyrota has no keyrota.yaml',
    )
  })
})
