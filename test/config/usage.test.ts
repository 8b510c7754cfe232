import { expect, test } from 'vitest'
import { head, key, load, problemsOf } from './load-text.ts'

const HOUR = 3_600_000
const meters = 'meters:\n  gateway: { type: numbers }\n'
const withUsage = (usage: string) =>
  `${head}${meters}keys:\n  app: ${key.replace('{ ', `{ usage: ${usage}, `)}\n`

test('the rules of a key, with their defaults; what is not watched has none', async () => {
  const usage = '{ from: [gateway, issuer], silentFor: 6h, policies: { spike: rotate } }'
  const { keys, meters: read } = await load(withUsage(usage))
  expect(read).toEqual({ gateway: { type: 'numbers', options: {} } })
  expect(keys.app?.usage).toEqual({
    ...{ from: ['gateway', 'issuer'], ratio: 3, idle: false, silentForMs: 6 * HOUR },
    ...{ policy: 'tell', policies: { spike: 'rotate' } },
  })
  expect((await load(`${head}keys: { app: ${key} }\n`)).keys.app).not.toHaveProperty('usage')
})

test('those of a key take the place of those of `defaults`', async () => {
  const defaults = 'defaults: { usage: { from: [issuer], mostPerHour: 9 } }\n'
  const own = key.replace('{ ', '{ usage: { from: [gateway], idle: true }, ')
  const { keys } = await load(
    `${head}${meters}${defaults}keys:\n  a: ${own}\n  b: ${key.replace('API_KEY', 'OTHER_KEY')}\n`,
  )
  expect(keys.a?.usage).toMatchObject({ from: ['gateway'], idle: true })
  expect(keys.a?.usage).not.toHaveProperty('mostPerHour')
  expect(keys.b?.usage).toMatchObject({ from: ['issuer'], mostPerHour: 9 })
})

test.each([
  [
    'a meter that there is not',
    '{ from: [gatway] }',
    /usage\.from\[0\]: no meter has this name \| gateway \| gateway/,
  ],
  ['one twice', '{ from: [gateway, gateway] }', /usage\.from\[1\]: is listed twice/],
  ['none', '{ from: [] }', /usage\.from/],
  [
    'rotating for a silence',
    '{ from: [gateway], policies: { silence: rotate } }',
    /policies\.silence: .*tell or ask/,
  ],
  [
    'idle and busy at once',
    '{ from: [gateway], idle: true, silentFor: 6h }',
    /usage\.silentFor: a key that should be idle/,
  ],
  ['a silence of minutes', '{ from: [gateway], silentFor: 5m }', /usage\.silentFor/],
  ['a ratio that every hour has', '{ from: [gateway], ratio: 1 }', /usage\.ratio/],
])('%s is refused', async (_, usage, problem) => {
  expect((await problemsOf(withUsage(usage))).join('\n')).toMatch(problem)
})

test('a meter is not called as the issuer is, or what people type in', async () => {
  const text = `${head}meters:\n  issuer: { type: numbers }\n  typed: { type: numbers }\n  x: { type: sums }\nkeys: { app: ${key} }\n`
  const problems = (await problemsOf(text)).join('\n')
  expect(problems).toMatch(/meters\.issuer: a meter cannot be called issuer/)
  expect(problems).toMatch(/meters\.typed: a meter cannot be called typed/)
  expect(problems).toMatch(/meters\.x\.type: no meter of this type exists \| numbers/)
})
