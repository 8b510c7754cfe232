import assert from 'node:assert/strict'
import { test } from 'vitest'
import { providers } from '../../../../providers/index.ts'
import { durationOption } from '../../../../providers/shared/options/duration.ts'

test('a duration has every unit that the durations of the config itself have', () => {
  const option = durationOption('5s')
  assert.equal(option.parse(undefined), '5s')
  for (const given of ['0s', '500ms', '30s', '5m', '24h', '90d', '1w'])
    assert.equal(option.parse(given), given)
})

test('every mistake is explained by what was expected', () => {
  for (const given of ['', '1', '1.5s', '-1s', '1y', 's', ' 1s', '999999999w', 7, null]) {
    const { error } = durationOption('5s').safeParse(given)
    assert.match(error?.issues[0]?.message ?? '', /^expected a duration /, String(given))
  }
})

test('the same mistake reads the same in every store', async () => {
  const messages = new Set<string>()
  for (const entry of Object.values(providers.stores)) {
    const { options } = await entry.options()
    const given = {
      vault: 'https://v.test',
      address: 'https://v.test',
      project: 'project-1',
      auth: { token: { env: 'T' } },
    }
    const { error } = options.safeParse({ ...given, settle: 'soon', lockWait: 'soon' })
    const found = error?.issues.filter(({ path }) => path[0] === 'settle' || path[0] === 'lockWait') ?? []
    const known = found.filter(({ message }) => message.startsWith('expected'))
    assert.equal(known.length, 1)
    for (const { message } of known) messages.add(message)
  }
  assert.deepEqual([...messages], ['expected a duration such as 500ms, 30s or 24h'])
})
