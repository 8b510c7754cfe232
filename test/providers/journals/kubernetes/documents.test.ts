/* Shared documents in ConfigMaps: whose they are, what others do to them, and answers that never come. */
import { describe, expect, test } from 'vitest'
import { writeDocument } from '../../../laws/journal/fixture.ts'
import { useRig } from './rig.ts'

const rig = useRig()
const id = { kind: 'budget', name: 'aws.writes' }
const open = (installation = 'k7f3', options: object = {}) =>
  rig.open({ events: false, giveUp: '1ms', ...options }, { installation }).documents
const methods = () => rig.server.calls.map(({ method }) => method)
const only = () => {
  const [object] = rig.server.configMaps.values()
  if (!object) throw new Error('there is no ConfigMap')
  return object as typeof object & { data: Record<string, string> }
}

describe('installations in one namespace', () => {
  test('never see, list, change or hear of each other’s documents', async () => {
    const [mine, theirs] = [open('k7f3'), open('p2q9')]
    const told: (string | null)[] = []
    const ending = new AbortController()
    const watching = mine.watch?.((kind) => void told.push(kind), ending.signal)
    await expect.poll(() => rig.server.openWatches).toBe(1)
    told.length = 0
    await writeDocument(theirs, id, '"theirs"')
    await writeDocument(theirs, { kind: 'pause', name: 'all' }, '1')
    expect(await mine.read(id)).toBeNull()
    expect(await mine.list('budget', { limit: 9 })).toEqual([])
    await writeDocument(mine, id, '"mine"')
    expect((await theirs.read(id))?.text).toBe('"theirs"')
    await expect.poll(() => told).toEqual(['budget'])
    await mine.remove(id, 1)
    expect((await theirs.read(id))?.text).toBe('"theirs"')
    ending.abort()
    await watching
  })

  test('an object names what it is for, and its labels find it', async () => {
    await writeDocument(open(), id, '{"a":1}')
    expect(only()).toMatchObject({
      metadata: {
        name: expect.stringMatching(/^keyrota-k7f3-budget-aws-writes-[0-9a-f]{12}$/),
        labels: { 'keyrota.dev/document': 'budget', 'keyrota.dev/installation': 'k7f3' },
      },
      data: { name: 'aws.writes', revision: '1', text: '{"a":1}' },
    })
  })
})

describe('requests', () => {
  test('are one for a read, a first write and each change of what was seen', async () => {
    const documents = open()
    await writeDocument(documents, id, '1')
    await writeDocument(documents, id, '2', 1)
    await documents.read(id)
    await documents.remove(id, 2)
    expect(methods()).toEqual(['POST', 'PATCH', 'GET', 'DELETE'])
  })

  test('are one for each hundred of a list, however small its pages', async () => {
    const documents = open()
    for (let index = 0; index < 150; index += 1)
      await writeDocument(documents, { kind: 'message', name: `m${index}` }, '1')
    rig.server.calls.length = 0
    const names: string[] = []
    for (;;) {
      const after = names.at(-1)
      const page = await documents.list('message', { limit: 20, ...(after ? { after } : {}) })
      names.push(...page.map(({ name }) => name))
      if (page.length < 20) break
    }
    expect(new Set(names).size).toBe(150)
    expect(methods()).toEqual(['GET', 'GET'])
  })
})

describe('what others do', () => {
  test('a label or an annotation that somebody adds is no change of the document', async () => {
    const documents = open()
    await writeDocument(documents, id, '1')
    const object = only()
    object.metadata.resourceVersion = '9999'
    await writeDocument(documents, id, '2', 1)
    expect(only().data).toMatchObject({ revision: '2', text: '2' })
  })

  test('an object that somebody deleted is gone, and one that was made anew since is another one', async () => {
    const [documents, others] = [open(), open()]
    await writeDocument(documents, id, '1')
    rig.server.configMaps.clear()
    expect(await documents.write(id, { text: '2', revision: 1 })).toBe('conflict')
    await writeDocument(documents, id, '1')
    rig.server.configMaps.clear()
    await writeDocument(others, id, '"new"')
    expect(await documents.write(id, { text: '2', revision: 1 })).toBe('conflict')
    expect((await documents.read(id))?.text).toBe('"new"')
  })

  test('an object of somebody else with that name is left as it is, and the error says what to do', async () => {
    const documents = open()
    await writeDocument(documents, id, '1')
    const object = only()
    object.metadata.labels = { app: 'theirs' }
    const doings = [
      () => documents.read(id),
      () => open().write(id, { text: '2', revision: 0 }),
      () => open().write(id, { text: '2', revision: 1 }),
      () => open().remove(id, 1),
    ]
    for (const doing of doings)
      await expect(doing()).rejects.toMatchObject({
        code: 'unavailable',
        message: expect.stringContaining(object.metadata.name),
        nextStep: expect.stringContaining(`kubectl get configmap ${object.metadata.name}`),
      })
    expect(only().data.text).toBe('1')
    expect(await documents.list('budget', { limit: 9 })).toEqual([])
  })

  test.each([
    ['no number', { revision: 'x' }],
    ['another name', { name: 'other' }],
    ['no revision below one', { revision: '0' }],
  ])('a damaged object is told apart: %s', async (_what, data) => {
    const documents = open()
    await writeDocument(documents, id, '1')
    Object.assign(only().data, data)
    await expect(documents.read(id)).rejects.toMatchObject({ code: 'corrupt' })
    await expect(documents.list('budget', { limit: 9 })).rejects.toMatchObject({ code: 'corrupt' })
  })

  test('an object that waits for a finalizer is read as gone, and cannot be made anew yet', async () => {
    const documents = open()
    await writeDocument(documents, id, '1')
    Object.assign(only().metadata, { deletionTimestamp: '2026-11-27T00:00:00Z' })
    expect(await documents.read(id)).toBeNull()
    await expect(documents.write(id, { text: '2', revision: 0 })).rejects.toMatchObject({
      code: 'unavailable',
      nextStep: expect.stringContaining('finalizers'),
    })
  })
})

describe('trouble', () => {
  test('a write whose answer is lost is unavailable and sent once; whoever reads finds out', async () => {
    const documents = open('k7f3', { giveUp: '30s' })
    await writeDocument(documents, id, '1')
    for (const [method, doing] of [
      ['PATCH', () => documents.write(id, { text: '2', revision: 1 })],
      ['POST', () => documents.write({ kind: 'budget', name: 'new' }, { text: '1', revision: 0 })],
      ['DELETE', () => documents.remove(id, 2)],
    ] as const) {
      rig.server.interfere = (call) => (call.method === method ? 'cut-after' : undefined)
      rig.server.calls.length = 0
      await expect(doing()).rejects.toMatchObject({ code: 'unavailable' })
      expect(methods().filter((one) => one === method)).toHaveLength(1)
      rig.server.interfere = () => undefined
      const found = await documents.read(id)
      if (method === 'PATCH') expect(found).toMatchObject({ revision: 2, text: '2' })
      if (method === 'DELETE') expect(found).toBeNull()
    }
    expect(await documents.read({ kind: 'budget', name: 'new' })).toMatchObject({ revision: 1 })
  })

  test('a busy server is tried again, and a missing right is named', async () => {
    const documents = open('k7f3', { giveUp: '30s' })
    let refusals = 2
    rig.server.interfere = () =>
      refusals-- > 0 ? { status: 429, headers: { 'retry-after': '0' } } : undefined
    await writeDocument(documents, id, '1')
    rig.server.interfere = () => ({ status: 403 })
    await expect(documents.list('budget', { limit: 1 })).rejects.toMatchObject({
      code: 'unavailable',
      nextStep: expect.stringContaining('resources: ["configmaps"]'),
    })
  })
})
