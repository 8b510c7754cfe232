import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, expect, test, vi } from 'vitest'
import { checkOwnSecrets } from '../../src/compose/own-secrets.ts'
import type { Config } from '../../src/contracts/config.ts'

const folder = mkdtempSync(join(tmpdir(), 'keyrota-own-secrets-'))
afterAll(() => {
  vi.unstubAllEnvs()
  rmSync(folder, { recursive: true })
})

/** What of a config has secrets that nothing asks for before they are needed. */
const parts = {
  notifiers: {
    chat: { type: 'webhook', options: { format: 'slack', url: { env: 'CHAT_URL' }, atLeast: 'info' } },
    mail: { type: 'email', options: { host: 'mail', signIn: { user: 'k', password: { file: '' } } } },
    board: { type: 'command', options: { run: ['./tell.sh'] } },
  },
  receivers: { github: { type: 'github', options: { webhookSecret: { env: 'HOOK_SECRET' } } } },
  heartbeat: { url: { env: 'HEARTBEAT_URL' }, everyMs: 300_000 },
}

test('each secret that cannot be read is named, with whom it belongs to', async () => {
  vi.stubEnv('CHAT_URL', undefined)
  vi.stubEnv('HOOK_SECRET', '')
  vi.stubEnv('HEARTBEAT_URL', 'https://monitor.example/beat')
  parts.notifiers.mail.options.signIn.password.file = join(folder, 'absent')
  const troubles = await checkOwnSecrets(parts as unknown as Config)
  expect(troubles.map(({ place, text }) => `${place}: ${text}`)).toEqual([
    'notifier chat: notifier chat: environment variable CHAT_URL is empty or not set',
    `notifier mail: notifier mail: cannot read file ${join(folder, 'absent')}`,
    'receiver github: receiver github: environment variable HOOK_SECRET is empty or not set',
  ])
  for (const { nextStep } of troubles) expect(nextStep).not.toBe('')
})

test('nothing is said once all are there, and no value is returned', async () => {
  for (const name of ['CHAT_URL', 'HOOK_SECRET', 'HEARTBEAT_URL']) vi.stubEnv(name, 'a-value-of-a-test')
  const file = join(folder, 'password')
  writeFileSync(file, 'a-value-of-a-test')
  parts.notifiers.mail.options.signIn.password.file = file
  expect(await checkOwnSecrets(parts as unknown as Config)).toEqual([])
})
