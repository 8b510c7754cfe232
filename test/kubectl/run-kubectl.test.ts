import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, describe, expect, it, vi } from 'vitest'
import { addKubectl } from '../../src/cli/own-commands.ts'
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
  config?: string,
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
      readConfig: async () => config,
      annotate: async (at, annotations) => void asked.push([signIn.namespace, at, annotations]),
      answerTo: async () => answers.shift() ?? null,
      close: () => undefined,
    }),
    run: async (...call) => void asked.push(call),
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

  it('takes where the release is behind the command too', async () => {
    const behind = await type('rotate ops --kubeconfig /k -n keys --reason planned')
    expect(behind.asked).toEqual([
      ['keys', { namespace: 'keys', name: 'ops' }, { 'keyrota.dev/rotate': 'planned' }],
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
      'ops: asked, and not taken yet. In CronJob mode: kubectl create job -n keyrota --from=cronjob/prod-keyrota now-$(date +%s)\n',
    )
  })

  it('needs the config of the release for what looks', async () => {
    await expect(type('--kubeconfig /k status')).rejects.toThrow(
      'the ConfigMap keyrota/keyrota has no keyrota.yaml',
    )
  })

  it('shows the help of a command without a cluster', async () => {
    expect((await type('status --help')).asked).toEqual([[['status', '--help'], 'kubectl keyrota']])
  })
})

describe('commands that are printed', () => {
  it('name what reaches the same release again', async () => {
    const folder = await mkdtemp(join(tmpdir(), 'keyrota-kubectl-'))
    vi.stubEnv('XDG_CACHE_HOME', folder)
    try {
      const { asked } = await type('--kubeconfig /k -n keys status', [], 'installation: k7f3\n')
      expect(asked).toEqual([
        [expect.arrayContaining(['status', '--config']), 'kubectl keyrota --namespace keys --kubeconfig /k'],
      ])
      const behind = await type('status -n=keys --kubeconfig=/k --json', [], 'installation: k7f3\n')
      expect(behind.asked).toEqual([
        [
          ['status', '--json', '--config', expect.any(String)],
          'kubectl keyrota --namespace keys --kubeconfig /k',
        ],
      ])
      const own = await type('--kubeconfig /k permissions --namespace shop', [], 'installation: k7f3\n')
      expect(own.asked).toEqual([
        [
          ['permissions', '--namespace', 'shop', '--config', expect.any(String)],
          'kubectl keyrota --kubeconfig /k',
        ],
      ])
    } finally {
      vi.unstubAllEnvs()
      await rm(folder, { recursive: true })
    }
  })

  it('go through kubectl where that has them, and keep the config where it has not', () => {
    const of = (text: string) => addKubectl(text, { through: 'kubectl keyrota -n keys', config: '/c.yaml' })
    expect(of('run: keyrota resume web --confirm moved')).toBe(
      'run: kubectl keyrota -n keys resume web --confirm moved',
    )
    expect(of('the first keyrota run after that continues')).toBe(
      'the first keyrota run after that continues',
    )
    expect(of('keyrota forget web')).toBe('keyrota forget --config /c.yaml web')
  })
})
