import { appendFileSync } from 'node:fs'
import type { Application, Opened } from '../../src/cli/application.ts'
import { runProgram } from '../../src/cli/program.ts'
import { application } from '../../src/compose.ts'

/*
 * Keyrota as it is, but for one thing: it ends itself by SIGKILL at the n-th point, when n is not 0. There is a
 * point before and after each commit and each call of a provider. Each that is passed is written into a file, with
 * the number of changes (commits, and calls that change something outside) that were over by then.
 *
 *     kill-child <n> <file> <command line…>
 */

const changing = {
  journal: ['commit'],
  issuer: ['issue', 'revoke', 'disable', 'enable'],
  store: ['write', 'retire'],
  consumer: ['restart'],
} as const
const looking = {
  journal: [],
  issuer: ['find', 'list', 'probe', 'identify', 'lastUsed'],
  store: ['check', 'read'],
  consumer: ['ready'],
} as const

const [chosen = '0', file = '', ...argv] = process.argv.slice(2)
let passed = 0
let changes = 0

/** Nothing runs after the chosen point: the signal takes effect before the call that sends it returns. */
function pass(point: string): void {
  passed += 1
  appendFileSync(file, `${point}, ${changes} changes\n`)
  if (passed === Number(chosen)) process.kill(process.pid, 'SIGKILL')
}

function watch<T extends object>(kind: keyof typeof changing, thing: T): T {
  const changers: readonly string[] = changing[kind]
  const looks: readonly string[] = looking[kind]
  return new Proxy(thing, {
    get(target, name) {
      const verb: unknown = Reflect.get(target, name, target)
      const word = String(name)
      if (typeof verb !== 'function') return verb
      if (!changers.includes(word) && !looks.includes(word)) return verb.bind(target)
      return async (...about: unknown[]) => {
        pass(`before ${kind} ${word}`)
        try {
          return await verb.apply(target, about)
        } finally {
          if (changers.includes(word)) changes += 1
          pass(`after ${kind} ${word}`)
        }
      }
    },
  })
}

function watchAll(opened: Opened): Opened {
  const { journal, providers } = opened.context
  return {
    ...opened,
    context: {
      ...opened.context,
      journal: watch('journal', journal),
      providers: {
        issuer: async (name) => watch('issuer', await providers.issuer(name)),
        store: async (name) => watch('store', await providers.store(name)),
        consumer: async (name) => watch('consumer', await providers.consumer(name)),
        tell: (event) => providers.tell(event),
      },
    },
  }
}

const mortal: Application = {
  ...application,
  open: async (options) => watchAll(await application.open(options)),
}
await runProgram(mortal, ['node', 'keyrota', ...argv])
