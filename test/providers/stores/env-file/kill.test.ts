import { execFile, spawn } from 'node:child_process'
import { once } from 'node:events'
import { mkdirSync, readdirSync, readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import { fileURLToPath } from 'node:url'
import { afterAll, expect, test } from 'vitest'
import { material } from '../../../../src/contracts/secret-value.ts'
import { newCall, oneField } from '../../../laws/secret-store/helpers.ts'
import { makeFolder, makeStore } from './fixture.ts'

const { folder, remove } = makeFolder()
afterAll(remove)
const state = join(folder, 'state')
const store = makeStore(folder)
const child = fileURLToPath(new URL('./child.ts', import.meta.url))

const OLD = 'the-old-key-'.repeat(4)
const NEW = 'the-new-key-'.repeat(4)
const MARK = 'k7f3qa-20261122-aaaaaa-1'
const FILLER = '# a line that nobody may lose\nOTHER="kept"\n'.repeat(50).replaceAll('OTHER', '#OTHER')
const textWith = (value: string) => `${FILLER}API_KEY=${value}\nLAST=1\n`

function newFile(name: string): { path: string; own: string } {
  const own = join(folder, name)
  mkdirSync(own)
  const path = join(own, '.env')
  writeFileSync(path, textWith(OLD), { mode: 0o600 })
  return { path, own }
}

function runChild(...args: string[]): Promise<{ signal: string | null; stdout: string }> {
  return new Promise((resolve) => {
    const started = execFile(process.execPath, [child, ...args], (_error, stdout) =>
      resolve({ signal: started.signalCode, stdout }),
    )
  })
}

async function surviveKill(step: number): Promise<void> {
  const { path, own } = newFile(`kill-${step}`)
  const address = oneField(path)
  const { version } = await store.read(address, 'current', newCall())
  const { signal } = await runChild('kill-at', path, state, String(step))
  expect(signal).toBe('SIGKILL')
  const text = readFileSync(path, 'utf8')
  expect([textWith(OLD), textWith(NEW)]).toContain(text)

  // Whatever stage it was in, the same write by the next process is one write.
  const { version: again } = await store.write(
    address,
    material({ value: NEW }),
    { mark: MARK, replaces: version },
    newCall(),
  )
  const current = await store.read(address, 'current', newCall())
  expect(current).toMatchObject({ version: again, mark: MARK })
  expect(readFileSync(path, 'utf8')).toBe(textWith(NEW))
  const replaced = await store.read(address, version, newCall())
  expect(replaced.material.value?.expose()).toBe(OLD)
  expect(readdirSync(own)).toEqual(['.env'])
}

test('a kill at any change of the disk leaves a whole file, and the write can be finished', async () => {
  const { path } = newFile('counted')
  const { stdout } = await runChild('kill-at', path, state, '1000000')
  const { steps } = JSON.parse(stdout) as { steps: number }
  expect(steps).toBeGreaterThan(15)
  const pending = Array.from({ length: steps }, (_, index) => index + 1)
  const worker = async () => {
    for (let step = pending.shift(); step !== undefined; step = pending.shift()) await surviveKill(step)
  }
  await Promise.all([worker(), worker(), worker()])
  expect(readdirSync(join(state, 'env-file')).filter((name) => name.endsWith('.tmp'))).toEqual([])
})

test('a kill at any moment leaves a whole file, and two processes lose nothing of each other', async () => {
  const path = join(folder, 'shared.env')
  writeFileSync(path, `${FILLER}ONE=start-start-start\nTWO=start-start-start\nLAST=1\n`, { mode: 0o600 })
  const whole =
    /^ONE=(start-start-start|(?:ONE-(\d{6})-)(?:ONE-\2-){39})\nTWO=(start-start-start|(?:TWO-(\d{6})-)(?:TWO-\4-){39})\nLAST=1\n$/
  for (let round = 0; round < 4; round += 1) {
    const children = ['ONE', 'TWO'].map((field) =>
      spawn(process.execPath, [child, 'for-ever', path, state, field]),
    )
    const ended = children.map((running) => once(running, 'exit'))
    const working = children.map(({ stdout }) => once(stdout, 'data'))
    // A child that ends by itself never says that it works.
    await Promise.race([Promise.all(working), ...ended])
    await sleep(10 + 7 * round)
    for (const running of children) running.kill('SIGKILL')
    const exits = await Promise.all(ended)
    expect(exits.map(([, signal]) => signal)).toEqual(['SIGKILL', 'SIGKILL'])
    const text = readFileSync(path, 'utf8')
    expect(text.startsWith(FILLER)).toBe(true)
    expect(text.slice(FILLER.length)).toMatch(whole)
    for (const field of ['ONE', 'TWO']) {
      const seen = await store.read({ secret: path, fields: { value: field } }, 'current', newCall())
      expect(text).toContain(`${field}=${seen.material.value?.expose()}\n`)
    }
  }
  expect(readdirSync(folder).filter((name) => name.startsWith('shared.env'))).toEqual(['shared.env'])
})
