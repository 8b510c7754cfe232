import { describe, expect, test } from 'vitest'
import { call, request, useService, value } from './service.ts'

const service = useService()

describe('names', () => {
  const nameSent = async (name: object, asked = request) => {
    service.answer = () => ({ json: { id: 1, key: value } })
    await service.issuerWith({ name }).issue(asked, call())
    return JSON.parse(service.seen.at(-1)?.body ?? '').name as string
  }
  const long = { ...request, name: `keyrota-${'a-long-service-'.repeat(4)}x-${request.mark}` }

  test('are cut in the middle and keep the mark', async () => {
    const name = await nameSent({ max: 40 }, long)
    expect(name.length).toBeLessThanOrEqual(40)
    expect(name).toBe('keyrota-a-long-se-k7f3-20261122-k7f3qa-1')
  })

  test('use the separator and case the issuer accepts, and are found again', async () => {
    const grammar = { alphabet: 'A-Z0-9_' }
    const name = await nameSent(grammar)
    expect(name).toBe('KEYROTA_APP_K7F3_20261122_K7F3QA_1')
    service.answer = () => ({
      json: {
        data: [
          { id: 1, name },
          { id: 2, name: `${name}1` },
          { id: 3, name: 'X' },
        ],
      },
    })
    expect((await service.issuerWith({ name: grammar }).find(request, call())).map((ref) => ref.id)).toEqual([
      '1',
    ])
  })
})
