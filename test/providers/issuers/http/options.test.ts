/* Issuer `http`: config errors. */

import { describe, expect, test } from 'vitest'
import { z } from 'zod'
import { options } from '../../../../providers/issuers/http/options.ts'

/** A valid description; each test breaks one thing. */
const right = {
  base: 'https://api.example.com/v1',
  vars: { org: 'o-1', admin: { env: 'ADMIN' } },
  auth: { management: { bearer: { env: 'ADMIN' } } },
  create: { request: 'POST /keys', json: { name: '{{ name }}' }, id: '$.id', parts: { value: '$.key' } },
  list: { request: 'GET /keys', items: '$.data[*]', id: '$.id', name: '$.name' },
  revoke: { request: 'DELETE /keys/{{ id }}' },
  probe: { request: 'GET /me', accepted: 200, rejected: 401 },
}
type Change = Record<string, unknown>

/** What makes a roll of it. */
const roll = { lifecycle: 'roll', oldKeyOnIssue: 'dies', list: undefined, revoke: undefined }

/** The problems of the valid description with these fields overridden, as `path: message`. */
function problemsOf(change: Change): string[] {
  const result = options.safeParse({ ...right, ...change })
  return (result.error?.issues ?? []).map((issue) => `${issue.path.join('.')}: ${issue.message}`)
}

test('the example is valid', () => {
  expect(problemsOf({})).toEqual([])
})

describe('a secret in a URL is refused', () => {
  test.each<[string, Change, string]>([
    ['the value in a path', { revoke: { request: 'DELETE /keys/{{ value }}' } }, 'revoke.request'],
    [
      'the value behind a filter',
      { revoke: { request: 'DELETE /keys/{{ value | upcase }}' } },
      'revoke.request',
    ],
    [
      'the value as a filter argument',
      { revoke: { request: 'DELETE /keys/{{ id | append: value }}' } },
      'revoke.request',
    ],
    [
      'the value in an inline query',
      { probe: { ...right.probe, request: 'GET /me?key={{ value }}' } },
      'probe.request',
    ],
    [
      'the value in the query',
      { probe: { ...right.probe, query: { key: '{{ value }}' } } },
      'probe.query.key',
    ],
    [
      'a variable from the environment',
      { list: { ...right.list, query: { t: '{{ vars.admin }}' } } },
      'list.query.t',
    ],
    [
      'the old key',
      { create: { ...right.create, request: 'POST /keys/{{ current.value }}' } },
      'create.request',
    ],
  ])('%s', (_, change, path) => {
    const found = problemsOf(change)
    expect(found).toHaveLength(1)
    expect(found[0]).toMatch(new RegExp(`^${path.replaceAll('.', '\\.')}: expected no secret in a URL`))
  })

  test('a header or a body may contain one', () => {
    const revoke = {
      request: 'POST /revoke',
      json: { key: '{{ value }}' },
      headers: { 'X-Admin': '{{ vars.admin }}' },
    }
    expect(problemsOf({ revoke })).toEqual([])
  })
})

describe('each problem names its field and what is expected', () => {
  test.each<[string, Change, string, RegExp]>([
    [
      'a misspelt variable',
      { revoke: { request: 'DELETE /keys/{{ ident }}' } },
      'revoke.request',
      /expected one of .*\bid\b/,
    ],
    [
      'a variable of another operation',
      { list: { ...right.list, request: 'GET /keys?n={{ name }}' } },
      'list.request',
      /name is not available here/,
    ],
    [
      'an unknown filter',
      { create: { ...right.create, json: { name: '{{ name | shout }}' } } },
      'create.json.name',
      /undefined filter: shout/,
    ],
    [
      'a tag',
      { create: { ...right.create, json: [{ a: '{{ name }}{% include "x" %}' }] } },
      'create.json.0.a',
      /tag "include" not found/,
    ],
    ['an output left open', { revoke: { request: 'DELETE /keys/{{ id' } }, 'revoke.request', /not closed/],
    ['a bad JSONPath', { list: { ...right.list, items: 'data[*]' } }, 'list.items', /expected a JSONPath/],
    ['a path without a base', { base: undefined }, 'create.request', /base/],
    [
      'a host in a template',
      { revoke: { request: 'DELETE https://{{ vars.org }}.example.com/{{ id }}' } },
      'revoke.request',
      /without a template in its host/,
    ],
    [
      'a host begun by a template',
      { revoke: { request: 'DELETE https://api.example.com{{ vars.org }}/{{ id }}' } },
      'revoke.request',
      /without a template in its host/,
    ],
    [
      'a host that is not allowed',
      { hosts: ['api.example.com'], probe: { ...right.probe, request: 'GET https://other.example.com/me' } },
      'probe.request',
      /expected one of the hosts/,
    ],
    ['plain http elsewhere', { base: 'http://api.example.com' }, 'base', /https/],
    ['user information in a URL', { base: 'https://u:p@api.example.com' }, 'base', /https/],
    [
      'no method',
      { revoke: { request: '/keys/{{ id }}' } },
      'revoke.request',
      /expected a method and a path/,
    ],
    [
      'two bodies',
      { create: { ...right.create, form: { name: '{{ name }}' } } },
      'create.form',
      /expected one body/,
    ],
    ['a body with GET', { probe: { ...right.probe, json: {} } }, 'probe.json', /no body with GET/],
    [
      'a revoke that identifies no key',
      { revoke: { request: 'DELETE /keys' } },
      'revoke.request',
      /does not identify the key/,
    ],
    [
      'a creation without the name',
      { create: { ...right.create, json: {} } },
      'create.request',
      /\{\{ name \}\}/,
    ],
    ['no revoke', { revoke: undefined }, 'revoke', /expected the request/],
    [
      'disable alone',
      { disable: { request: 'POST /keys/{{ id }}/off' } },
      'enable',
      /both disable and enable/,
    ],
    ['neither id nor idFrom', { create: { ...right.create, id: undefined } }, 'create.id', /either id/],
    ['both id and idFrom', { create: { ...right.create, idFrom: 'list-match' } }, 'create.id', /either id/],
    ['no parts', { create: { ...right.create, parts: {} } }, 'create.parts', /at least one part/],
    [
      'a part called name',
      {
        create: { ...right.create, parts: { name: '$.a' } },
        auth: { ...right.auth, probe: { bearer: '{{ name }}' } },
      },
      'create.parts.name',
      /another name/,
    ],
    [
      'two parts and no probe auth',
      { create: { ...right.create, parts: { sid: '$.a', secret: '$.b' } } },
      'auth.probe',
      /not a single part named value/,
    ],
    [
      'a probe that cannot reject',
      { probe: { request: 'GET /me', accepted: 200 } },
      'probe.rejected',
      /statuses/,
    ],
    [
      'a token written into the config',
      { auth: { management: { bearer: 'sk-123' } } },
      'auth.management.bearer',
      /\{ env: NAME \}/,
    ],
    [
      'two ways to authenticate',
      { auth: { management: { bearer: { env: 'A' }, none: true } } },
      'auth.management',
      /exactly one/,
    ],
    ['no way to authenticate', { auth: { management: {} } }, 'auth.management', /exactly one/],
    [
      'the key for management',
      { auth: { management: { bearer: '{{ value }}' } } },
      'auth.management.bearer',
      /value is not available here/,
    ],
    [
      'an unknown kind of pages',
      { list: { ...right.list, paginate: { kind: 'pages' } } },
      'list.paginate.kind',
      /expected kind/,
    ],
    [
      'a filter in counted pages',
      { list: { ...right.list, items: '$.data[?@.live]', paginate: { kind: 'page', param: 'p' } } },
      'list.items',
      /use skip/,
    ],
    [
      'a roll that does not say what dies',
      { ...roll, oldKeyOnIssue: undefined },
      'oldKeyOnIssue',
      /lives, dies/,
    ],
    ['a roll that is looked for', { ...roll, idempotency: 'unique-name' }, 'idempotency', /expected none/],
    ['exclusive without none', { exclusive: true }, 'exclusive', /idempotency: none/],
    ['an alphabet without a separator', { name: { alphabet: 'a-z0-9' } }, 'name.alphabet', /separator/],
    ['an alphabet out of order', { name: { alphabet: 'z-a0-9-' } }, 'name.alphabet', /ascending/],
    [
      'a wrong status',
      { probe: { ...right.probe, accepted: [20] } },
      'probe.accepted.0',
      /expected a status/,
    ],
    ['a wrong duration', { settle: '5 minutes' }, 'settle', /expected a duration/],
    ['a misspelt field', { revok: {} }, '', /revok/],
  ])('%s', (_, change, path, message) => {
    const found = problemsOf(change)
    expect(found.map((problem) => problem.slice(0, problem.indexOf(':')))).toContain(path)
    expect(found.find((problem) => problem.startsWith(`${path}:`))).toMatch(message)
  })
})

test('every field has a description and a JSON Schema', () => {
  const schema = z.toJSONSchema(options, { io: 'input' })
  for (const [name, field] of Object.entries(schema.properties ?? {})) {
    expect([name, typeof field === 'object' && field.description]).toEqual([name, expect.any(String)])
  }
})
