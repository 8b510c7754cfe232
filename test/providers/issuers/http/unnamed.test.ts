/* Issuer `http`: a request that identifies no key is never sent. */

import { expect, test } from 'vitest'
import { material } from '../../../../src/contracts/secret-value.ts'
import { call, useService, value } from './service.ts'

const service = useService()
const byValue = { revoke: { request: 'POST /keys/revoke', json: { key: '{{ value }}', id: '{{ id }}' } } }

test('nothing is sent for a key that lacks what the request identifies it by', async () => {
  const issuer = service.issuerWith({
    revoke: { request: 'POST /keys/revoke', json: { key: '{{ value }}' } },
  })
  const attempt = issuer.revoke({ ref: { id: 'key-1', name: 'app' } }, call())
  await expect(attempt).rejects.toMatchObject({ code: 'invalid', effect: 'none' })
  expect(service.seen).toEqual([])
})

test('a request that accepts either sends what is known', async () => {
  service.answer = () => ({ json: {} })
  const issuer = service.issuerWith(byValue)
  await issuer.revoke({ ref: { id: 'key-1' } }, call())
  await issuer.revoke({ material: material({ value }) }, call())
  expect(service.seen.map(({ body }) => JSON.parse(body))).toEqual([{ id: 'key-1' }, { key: value }])
})
