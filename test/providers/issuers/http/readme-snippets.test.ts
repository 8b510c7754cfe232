/* The short descriptions on the provider's page are configs that can be read. */

import { readFileSync } from 'node:fs'
import { expect, test } from 'vitest'
import { parse } from 'yaml'
import { options } from '../../../../providers/issuers/http/options.ts'

const page = readFileSync(new URL('../../../../providers/issuers/http/README.md', import.meta.url), 'utf8')
const snippets = [...page.matchAll(/```yml\n([\s\S]*?)```/g)]
  .map(([, text = '']) => text)
  .filter((text) => /^(lifecycle|create|auth): /m.test(text))

test('there is one for each lifecycle that needs more than the first example, for secret ids and for probes', () => {
  expect(snippets).toHaveLength(5)
})

test.each(snippets)('%s', (text) => {
  const given = parse(text)
  const plain = {
    create: { request: 'POST /keys', json: { name: '{{ name }}' }, id: '$.id', parts: { value: '$.key' } },
    list: { request: 'GET /keys', items: '$.data[*]', id: '$.id', name: '$.name' },
    revoke: { request: 'DELETE /keys/{{ id }}' },
  }
  const described = {
    base: 'https://api.example.com',
    probe: { request: 'GET /me', accepted: 200, rejected: 401 },
    ...(given.lifecycle === undefined && given.create === undefined ? plain : {}),
    ...given,
    auth: { management: { bearer: { env: 'ADMIN' } }, ...given.auth },
    vars: { client: 'c-1', user: 'app', ...given.vars },
  }
  expect(options.safeParse(described).error?.issues ?? []).toEqual([])
})
