import { expect, test } from 'vitest'
import { material } from '../../../../src/contracts/secret-value.ts'
import { call, request, useService, value } from './service.ts'

const service = useService()

test('ids beyond 2^53 stay apart, and the right one is revoked', async () => {
  service.answer = (line) =>
    line.startsWith('POST')
      ? { text: `{"id": 9007199254740993, "key": "${value}"}` }
      : {
          text: `{"data": [{"id": 9007199254740993, "name": "${request.name}"}, {"id": 9007199254740992, "name": "theirs"}]}`,
        }
  const issuer = service.issuerWith()
  const { ref } = await issuer.issue(request, call())
  expect(ref.id).toBe('9007199254740993')
  expect((await issuer.list(call())).map(({ id }) => id)).toEqual(['9007199254740993', '9007199254740992'])
  expect((await issuer.find(request, call())).map(({ id }) => id)).toEqual([ref.id])
  await issuer.revoke({ ref }, call())
  expect(service.seen.at(-1)?.line).toBe('DELETE /keys/9007199254740993')
})

test.each(['1.10', '1e3', '-0', '123456789012345678901234567890'])(
  'the id %s is taken by its text',
  async (id) => {
    service.answer = () => ({ text: `{"data": [{"id": ${id}, "name": "a"}]}` })
    expect((await service.issuerWith().list(call())).map((ref) => ref.id)).toEqual([id])
  },
)

test.each([
  ['cursor', { kind: 'cursor', param: 'after', from: '$.next' }, '"next": 9007199254740993'],
  ['an item', { kind: 'cursor', param: 'after', from: '$.data[-1].id' }, '"x": 1'],
])('a %s beyond 2^53 is sent as it came', async (_, paginate, more) => {
  service.answer = (line) =>
    line.endsWith('/keys')
      ? { text: `{"data": [{"id": 9007199254740993, "name": "a"}], ${more}}` }
      : { json: { data: [] } }
  const list = { request: 'GET /keys', items: '$.data[*]', id: '$.id', name: '$.name', paginate }
  await service.issuerWith({ list }).list(call())
  expect(service.seen[1]?.line).toBe('GET /keys?after=9007199254740993')
})

test('a rule about a number holds for every way to write it, and for no other number', async () => {
  const probe = {
    request: 'GET /me',
    rules: [
      { path: '$.code', is: 1000, verdict: 'accepted' },
      { path: '$.code', is: '9007199254740993', verdict: 'rejected' },
    ],
  }
  const judge = async (code: string) => {
    service.answer = () => ({ text: `{"code": ${code}}` })
    return (await service.issuerWith({ probe }).probe(material({ value }), call())).verdict
  }
  expect(await judge('1e3')).toBe('accepted')
  expect(await judge('1000.0')).toBe('accepted')
  expect(await judge('9007199254740993')).toBe('rejected')
  expect(await judge('9007199254740992')).toBe('unknown')
})
