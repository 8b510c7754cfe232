/* Which budget a call of a configured provider counts against. */
import { expect, test } from 'vitest'
import { make } from '../../providers/journals/memory/index.ts'
import { options } from '../../providers/journals/memory/options.ts'
import { openBudgets } from '../../src/compose/budgets.ts'
import type { Config } from '../../src/contracts/config.ts'
import { machine } from '../../src/machine.ts'

type Limited = Pick<Config, 'issuers' | 'stores'>

const aws = (more: object, limits = {}) => ({
  type: 'aws-secrets-manager',
  options: { region: 'eu-central-1', account: '123456789012', ...more },
  ...limits,
})

function open(present: () => Limited) {
  const journal = make(options.parse({}), { name: 'journal', stateFolder: '/nowhere', ...machine })
  return openBudgets({ journal, holder: 'test', stop: new AbortController().signal }, present)
}

test('stores of one account share a budget, of which the least that the config says holds', async () => {
  const config: Limited = {
    issuers: {},
    stores: {
      one: aws({}),
      two: aws({}, { rateLimits: { writes: { calls: 20, perMs: 1_000 } } }),
      far: aws({ region: 'us-east-1' }),
    },
  }
  const budgets = open(() => config)
  const [one] = await budgets.costs('one', 'write')
  const [two] = await budgets.costs('two', 'write')
  const [far] = await budgets.costs('far', 'write')
  expect(one).toMatchObject({ class: 'writes', limitPerSecond: 20, calls: 2 })
  expect(two).toEqual(one)
  expect(far).toMatchObject({ limitPerSecond: 50 })
  expect(budgets.states().map(({ account }) => account)).toHaveLength(4)
})

test('a config that changes while the process runs changes the limit', async () => {
  let config: Limited = { issuers: {}, stores: { one: aws({}) } }
  const budgets = open(() => config)
  expect(await budgets.costs('one', 'write')).toMatchObject([{ limitPerSecond: 50 }, {}])
  config = { issuers: {}, stores: { one: aws({}, { rateLimits: { writes: null } }) } }
  expect(await budgets.costs('one', 'write')).toMatchObject([
    { limitPerSecond: null, ownPerSecond: null },
    {},
  ])
  config = { issuers: {}, stores: { one: aws({}, { rateLimits: { writes: { calls: 5, perMs: 1_000 } } }) } }
  expect(await budgets.costs('one', 'write')).toMatchObject([{ limitPerSecond: 5 }, {}])
})

test('an issuer and a store of one name are apart, and what is not counted waits for nothing', async () => {
  const setting = { type: 'memory', options: {}, rateLimits: { keys: { calls: 1, perMs: 3_600_000 } } }
  const { rateLimits: _, ...store } = setting
  const budgets = open(() => ({ issuers: { same: setting }, stores: { same: store } }))
  expect(await budgets.costs('same', 'issue')).toMatchObject([{ account: 'issuer same', class: 'keys' }])
  expect(await budgets.costs('same', 'probe')).toMatchObject([{ class: 'probes', limitPerSecond: null }])
  expect(await budgets.costs('same', 'write')).toMatchObject([
    { account: 'store same', limitPerSecond: null },
  ])
  for (const [provider, verb] of [
    ['same', 'restart'],
    ['same', 'ready'],
    ['nobody', 'write'],
  ] as const) {
    expect(await budgets.costs(provider, verb)).toEqual([])
    const turn = await budgets.take({ provider, verb, isUrgent: false, waitMs: 0 })
    turn.end({ requests: 3, throttled: true, retryAfterMs: 60_000 })
  }
})
