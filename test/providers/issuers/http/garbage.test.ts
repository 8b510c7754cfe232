import { expect, test } from 'vitest'
import { call, useService } from './service.ts'

const service = useService()
const basic = {
  vars: { user: 'app' },
  auth: {
    management: { bearer: { env: 'KEYROTA_TEST_ADMIN' } },
    probe: { basic: { user: '{{ vars.user }}', password: '{{ value }}' } },
  },
}

test('a garbage key has the shape and the account that the config gives, and no other probe has', async () => {
  service.answer = () => ({ status: 401 })
  const garbage = { parts: { value: 'pw-{{ random }}' }, vars: { user: 'keyrota-control' }, every: '10m' }
  const probe = { request: 'GET /me', accepted: 200, rejected: 401, garbage }
  const issuer = service.issuerWith({ ...basic, probe })
  const made = issuer.garbage?.()
  if (made === undefined) throw new Error('no garbage key')
  await issuer.probe(made, call())
  await issuer.probe({ ...made }, call())
  const shown = service.seen.map(({ headers }) =>
    Buffer.from(headers.authorization?.replace('Basic ', '') ?? '', 'base64').toString(),
  )
  expect(shown[0]).toMatch(/^keyrota-control:pw-[0-9a-f]{32}$/)
  expect(shown[1]).toMatch(/^app:pw-[0-9a-f]{32}$/)
  expect(issuer.garbageEveryMs).toBe(600_000)
  expect(issuer.garbage?.().value?.expose()).not.toBe(made.value?.expose())
})
