import assert from 'node:assert/strict'
import { test } from 'vitest'
import { makeTurns } from '../../../../providers/shared/store/turns.ts'

const { signal } = new AbortController()

test('work on one key comes in turn, also after a failure; other keys do not wait', async () => {
  const inTurn = makeTurns()
  const seen: string[] = []
  const first = Promise.withResolvers<void>()
  const one = inTurn('a', signal, async () => {
    await first.promise
    seen.push('one')
    throw new Error('one failed')
  })
  const two = inTurn('a', signal, async () => void seen.push('two'))
  await inTurn('b', signal, async () => void seen.push('other'))
  first.resolve()
  await assert.rejects(one, /one failed/)
  await two
  assert.deepEqual(seen, ['other', 'one', 'two'])
})

test('a caller that aborts while waiting proceeds at once, and those behind still wait for the first', async () => {
  const inTurn = makeTurns()
  const seen: string[] = []
  const first = Promise.withResolvers<void>()
  const stop = new AbortController()
  const one = inTurn('a', signal, async () => {
    await first.promise
    seen.push('one')
  })
  const two = inTurn('a', stop.signal, async () => void seen.push('two'))
  const three = inTurn('a', signal, async () => void seen.push('three'))
  stop.abort()
  await two
  assert.deepEqual(seen, ['two'])
  first.resolve()
  await Promise.all([one, three])
  assert.deepEqual(seen, ['two', 'one', 'three'])
})
