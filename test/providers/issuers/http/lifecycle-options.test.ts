import { expect, test } from 'vitest'
import { options } from '../../../../providers/issuers/http/options.ts'

type Change = Record<string, unknown>
const common = {
  base: 'https://api.example.com/v1',
  auth: { management: { bearer: { env: 'ADMIN' } } },
  probe: { request: 'GET /me', accepted: 200, rejected: 401 },
}
const create = { request: 'POST /keys', json: { name: '{{ name }}' }, id: '$.id', parts: { value: '$.key' } }
const list = { request: 'GET /keys', items: '$.data[*]', id: '$.id', name: '$.name' }
const revoke = { request: 'DELETE /keys/{{ id }}' }
const rolled = { request: 'POST /roll', parts: { value: '$.key' } }
const end = { request: 'DELETE /rotated' }

/** A right description of each lifecycle. */
const right: Readonly<Record<string, Change>> = {
  many: { create, list, revoke },
  slots: {
    create: { request: 'POST /regenerate', json: { keyName: '{{ slot }}' } },
    slots: { key1: { value: '$.key1' }, key2: { value: '$.key2' } },
    readBack: { request: 'POST /list' },
  },
  roll: {
    create: rolled,
    oldKeyOnIssue: 'lives',
    readBack: { request: 'GET /key', parts: { value: '$.key' } },
    endOverlap: end,
  },
  self: {
    create: {
      request: 'PUT /p',
      json: { p: '{{ value }}', n: '{{ name }}' },
      generate: { value: {} },
      id: '$.id',
    },
    list,
    revoke,
  },
  operator: {
    operator: {
      dashboard: 'https://dash.example.com',
      create: { steps: ['Make {{ name }}'] },
      revoke: { steps: ['Delete it'] },
    },
  },
}

function problemsOf(lifecycle: string, change: Change): string[] {
  const result = options.safeParse({ ...common, lifecycle, ...right[lifecycle], ...change })
  return (result.error?.issues ?? []).map((issue) => `${issue.path.join('.')}: ${issue.message}`)
}

test.each(Object.keys(right))('%s can be described', (lifecycle) => {
  expect(problemsOf(lifecycle, {})).toEqual([])
})

test.each<[string, string, Change, string]>([
  ['a roll cannot revoke one key', 'roll', { revoke }, 'revoke: expected no revoke with lifecycle roll'],
  ['a roll has no list', 'roll', { list }, 'list: expected no list'],
  ['a roll cannot switch a key off', 'roll', { disable: end, enable: end }, 'disable: expected no disable'],
  ['a key that lives on needs an end', 'roll', { endOverlap: undefined }, 'endOverlap: expected the request'],
  ['a key that is dead needs none', 'roll', { oldKeyOnIssue: 'dies' }, 'endOverlap: expected no endOverlap'],
  ['what a roll does is said', 'roll', { oldKeyOnIssue: undefined }, 'oldKeyOnIssue: expected lives'],
  ['a roll is not found by its name', 'roll', { idempotency: 'unique-name' }, 'idempotency: expected none'],
  [
    'reading back shows every part',
    'roll',
    { readBack: { request: 'GET /key' } },
    'readBack.parts: expected',
  ],
  ['places are named', 'slots', { slots: undefined }, 'slots: expected the two places'],
  ['there are two places', 'slots', { slots: { key1: { value: '$.a' } } }, 'slots: expected two places'],
  ['places are read', 'slots', { readBack: undefined }, 'readBack: expected the request'],
  ['a place is ended by regenerating it', 'slots', { revoke }, 'revoke: expected no revoke'],
  [
    'the place is in the request',
    'slots',
    { create: { request: 'POST /r' } },
    'create.request: expected {{ slot }}',
  ],
  [
    'the old key of a place lives',
    'slots',
    { oldKeyOnIssue: 'dies' },
    'oldKeyOnIssue: expected no such field',
  ],
  [
    'a value of ours is made',
    'self',
    { create: { ...create, parts: {} } },
    'create.generate: expected at least one',
  ],
  [
    'a value of ours is sent',
    'self',
    { create: { request: 'PUT /p', json: { n: '{{ name }}' }, generate: { value: {} }, id: '$.id' } },
    'create.request: expected {{ value }}',
  ],
  [
    'others make their own values',
    'many',
    { create: { ...create, generate: { other: {} } } },
    'create.generate: expected only',
  ],
  ['many do not read back', 'many', { readBack: { request: 'GET /k' } }, 'readBack: expected no readBack'],
  ['a list is needed for a revoke by id', 'many', { list: undefined }, 'list: expected the request'],
  [
    'an id is in both answers',
    'many',
    { create: { ...create, id: undefined } },
    'create.id: expected either id',
  ],
  [
    'or in none',
    'many',
    { list: { ...list, id: undefined, parts: { value: '$.v' } } },
    'create.id: expected no id',
  ],
  ['a person makes keys', 'operator', { create }, 'create: expected no create'],
  ['a person is told how', 'operator', { operator: undefined }, 'operator: expected the dashboard'],
  [
    'and how to end one',
    'operator',
    { operator: { dashboard: 'https://d.example.com', create: { steps: ['Make'] } } },
    'operator.revoke: expected the steps',
  ],
  ['a key of a person has no id', 'operator', { revoke }, 'revoke.request: expected the value'],
  [
    'what a person reads holds no secret',
    'operator',
    {
      vars: { s: { env: 'S' } },
      operator: {
        dashboard: 'https://d.example.com',
        create: { steps: ['{{ vars.s }}'] },
        revoke: { steps: ['x'] },
      },
    },
    'operator.create.steps.0: expected one of',
  ],
  [
    'a garbage key is random',
    'many',
    { probe: { ...common.probe, garbage: { parts: { value: 'sk-fixed' } } } },
    'probe.garbage.parts.value: expected {{ random }}',
  ],
  [
    'a garbage key replaces known values',
    'many',
    { probe: { ...common.probe, garbage: { vars: { user: 'x' } } } },
    'probe.garbage.vars.user: expected',
  ],
])('%s', (_, lifecycle, change, problem) => {
  const found = problemsOf(lifecycle, change)
  expect(found.filter((one) => one.startsWith(problem))).toHaveLength(1)
})
