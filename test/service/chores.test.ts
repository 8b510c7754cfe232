import { expect, test } from 'vitest'
import type { Chore } from '../../src/service/chore.ts'
import { doChores } from '../../src/service/chores.ts'
import type { Context } from '../../src/service/context.ts'

const context = {} as Context

/** Chores that note when they begin and end; `until` holds one up. */
function makeChores() {
  const noted: string[] = []
  const make = (name: string, until: Promise<void> = Promise.resolve()): Chore => ({
    name,
    work: async () => {
      noted.push(`${name} begins`)
      await until
      noted.push(`${name} ends`)
      return null
    },
  })
  return { noted, make }
}

test('a campaign that takes long holds up no message, and what it tells is delivered at its end', async () => {
  const { noted, make } = makeChores()
  const { promise, resolve } = Promise.withResolvers<void>()
  const last = make('deliver')
  const working = doChores(context, { all: [make('campaign', promise), last], last })
  await new Promise(setImmediate)
  expect(noted).toEqual(['campaign begins', 'deliver begins', 'deliver ends'])
  resolve()
  expect(await working).toEqual([])
  expect(noted.slice(3)).toEqual(['campaign ends', 'deliver begins', 'deliver ends'])
})

test('one that fails is reported and stops no other; a delivery that works in the end is none', async () => {
  const { noted, make } = makeChores()
  const error = new Error('no')
  let tries = 0
  const last: Chore = {
    name: 'deliver',
    work: async () => {
      tries += 1
      if (tries === 1) throw error
      return null
    },
  }
  const broken: Chore = { name: 'usage', work: () => Promise.reject(error) }
  expect(await doChores(context, { all: [broken, make('campaign'), last], last })).toEqual([
    { key: 'usage', error },
  ])
  expect(noted).toEqual(['campaign begins', 'campaign ends'])
})
