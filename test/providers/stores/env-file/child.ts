import fs from 'node:fs'
import { syncBuiltinESMExports } from 'node:module'
import { ProviderError } from '../../../../src/contracts/errors.ts'
import { material } from '../../../../src/contracts/secret-value.ts'

/*
 * A process that writes a key into an env file, for tests that end it at some point:
 *
 *     write <file> <state folder>           one write; prints what came of it
 *     check <file> <state folder>           one check; prints what it proved or why not
 *     kill-at <file> <state folder> <n>     one write, ended by SIGKILL at its n-th change of the disk
 *     for-ever <file> <state folder> <id>   rotates its own field again and again until somebody ends it
 */

const [mode = '', file = '', stateFolder = '', argument = ''] = process.argv.slice(2)
const steps = { done: 0, killAt: mode === 'kill-at' ? Number(argument) : Number.POSITIVE_INFINITY }

/** Counts a change of the disk; ends the process without a word when it is the chosen one. */
function step(): void {
  steps.done += 1
  if (steps.done === steps.killAt) process.kill(process.pid, 'SIGKILL')
}

/** Makes every changing call of the file system a step before it happens, and the write of content one in its middle. */
function watchSteps(): void {
  for (const name of ['open', 'rename', 'rm', 'mkdir'] as const) {
    const original = fs.promises[name] as (...args: unknown[]) => Promise<unknown>
    Object.assign(fs.promises, {
      [name]: async (...args: unknown[]) => {
        step()
        const result = await original.apply(fs.promises, args)
        if (name === 'open') watchHandle(result as fs.promises.FileHandle)
        return result
      },
    })
  }
  syncBuiltinESMExports()
}

function watchHandle(handle: fs.promises.FileHandle): void {
  const { sync } = handle
  handle.writeFile = async (data) => {
    const bytes = data as Buffer
    await handle.write(bytes.subarray(0, bytes.length >> 1))
    step()
    await handle.truncate(0)
    await handle.write(bytes, 0, bytes.length, 0)
  }
  handle.sync = async () => {
    step()
    await sync.call(handle)
  }
}

const { make } = await import('../../../../providers/stores/env-file/index.ts')
const { options } = await import('../../../../providers/stores/env-file/options.ts')
const store = make(options.parse({}), { name: 'dotenv', stateFolder })
const call = { signal: new AbortController().signal, beforeSend: () => undefined }

async function writeOnce(): Promise<void> {
  const address = { secret: file, fields: { value: 'API_KEY' } }
  const { version } = await store.read(address, 'current', call)
  if (mode === 'kill-at') watchSteps()
  const intent = { mark: 'k7f3qa-20261122-aaaaaa-1', replaces: version }
  await store.write(address, material({ value: 'the-new-key-'.repeat(4) }), intent, call)
  step()
  console.log(JSON.stringify({ steps: steps.done }))
}

async function checkOnce(): Promise<void> {
  console.log(JSON.stringify(await store.check({ secret: file, fields: { value: 'API_KEY' } }, call)))
}

async function rotateForEver(): Promise<void> {
  const address = { secret: file, fields: { value: argument } }
  for (let round = 0; ; round += 1) {
    const { version } = await store.read(address, 'current', call)
    const intent = { mark: `k7f3qa-20261122-${process.pid}-${round}`, replaces: version }
    const value = `${argument}-${String(round).padStart(6, '0')}-`.repeat(40)
    await store.write(address, material({ value }), intent, call)
    process.stdout.write('.')
  }
}

try {
  if (mode === 'check') await checkOnce()
  else await (mode === 'for-ever' ? rotateForEver() : writeOnce())
} catch (error) {
  if (!(error instanceof ProviderError)) throw error
  const { code, effect, message, nextStep } = error
  console.log(JSON.stringify(mode === 'check' ? { code, effect, message, nextStep } : { code, effect }))
}
