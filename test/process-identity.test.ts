import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { hostname } from 'node:os'
import { describe, expect, test } from 'vitest'
import { isProcessGone, nameProcess } from '../src/process-identity.ts'

const own = nameProcess()

/** The name of this process with some of its parts replaced. */
function renamed(parts: Partial<Record<'host' | 'pid' | 'boot' | 'namespace' | 'start', string>>): string {
  const found =
    /^(?<host>.+)\/(?<pid>\d+)@(?<boot>.+),(?<namespace>.+),(?<start>\d+)$/.exec(own)?.groups ?? {}
  const { host, pid, boot, namespace, start } = { ...found, ...parts }
  return `${host}/${pid}@${boot},${namespace},${start}`
}

test('people read host and process id at its head', () => {
  expect(own.split('@')[0]).toBe(`${hostname()}/${process.pid}`)
})

/** Where the system does not show enough, nothing is ever said to be gone. */
const isShown = own.includes('@')

describe('processes of this machine', () => {
  test('a process that runs is not gone', () => {
    expect(isProcessGone(own)).toBe(false)
  })

  test('a process that has ended is gone, whether or not its parent has noticed', async () => {
    // The shell's child is dead and not reaped while the shell, replaced by `sleep`, never waits for it.
    const shell = spawn('sh', ['-c', 'true & echo $!; exec sleep 60'], {
      stdio: ['ignore', 'pipe', 'ignore'],
    })
    const [line] = (await once(shell.stdout, 'data')) as [Buffer]
    const zombie = renamed({ pid: line.toString().trim() })
    await expect.poll(() => isProcessGone(zombie)).toBe(isShown)
    const ended = renamed({ pid: String(shell.pid) })
    shell.kill('SIGKILL')
    await once(shell, 'exit')
    expect(isProcessGone(ended)).toBe(isShown)
  })

  test('an id that another process has by now is that of one that is gone', () => {
    expect(isProcessGone(renamed({ start: '1' }))).toBe(isShown)
    expect(isShown).toBe(process.platform === 'linux')
  })

  test.each([
    ['another host', { host: 'elsewhere' }],
    ['another start of the machine', { boot: '11111111-2222-3333-4444-555555555555/time:[1]' }],
    ['another namespace of process ids', { namespace: 'pid:[1]' }],
  ])('nothing is said of a process of %s', (_, parts) => {
    expect(isProcessGone(renamed({ ...parts, start: '1' }))).toBe(false)
  })
})

test.each(['', 'test', `${hostname()}/1`, `${hostname()}/999999999`, 'a/1@b,c,d'])(
  'nothing is said of a holder that does not name its process: %j',
  (holder) => {
    expect(isProcessGone(holder)).toBe(false)
  },
)
