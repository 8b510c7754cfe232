import { expect, test } from 'vitest'
import { journalSpace } from '../../providers/journals/memory/space.ts'
import type { SecretStore } from '../../src/contracts/secret-store.ts'
import { confirm } from '../../src/workflow/people/confirm.ts'
import { assertSafe, leaseRunsOut } from './actors.ts'
import { makeRig, type Rig, type Setup } from './harness.ts'

const confirming = (what: string) => ({
  change: (record: Parameters<typeof confirm>[0], now: number) => {
    expect(confirm(record, what, now)).toEqual({ ok: true })
    return []
  },
})

/** A rotation that has completed, and then the journal as it was after that rotation's commit `nth`. */
async function restoreCopy(nth: number, setup: Setup = {}): Promise<Rig> {
  const rig = makeRig(setup)
  await rig.run()
  const { rows } = journalSpace(rig.name)
  let commits = 0
  let copy: ReturnType<typeof rows.get>
  const around = async (call: string, run: () => Promise<unknown>) => {
    const answer = await run()
    if (call === 'journal.commit' && ++commits === nth) copy = structuredClone(rows.get('video'))
    return answer
  }
  expect((await rig.rotate({}, rig.process(around))).end).toBe('ended')
  if (!copy) throw new Error(`the rotation has no commit ${nth}`)
  rows.set('video', copy)
  rig.pass(rig.key.leaseMs + 1)
  await leaseRunsOut(rig)
  return rig
}

const whatItNeeds = async (rig: Rig) => (await rig.rotation()).hold?.needs ?? ''

test.each([1, 2, 3, 4, 5, 6, 7])(
  'the journal is a copy of commit %i, the rotation has ended since: the key in use stays',
  async (nth) => {
    const rig = await restoreCopy(nth)
    const live = rig.live()
    await rig.run()
    if ((await rig.record()).rotation) {
      expect(rig.live()).toEqual(live)
      expect(await whatItNeeds(rig)).toBe('reconcile')
      await rig.run(confirming('reconcile'))
    }
    expect((await rig.record()).last?.end).toBe('completed')
    expect(rig.live()).toEqual(live)
    assertSafe(rig)
  },
)

/** As a store that keeps no marks answers. */
function dropMarks(store: SecretStore): SecretStore {
  return {
    ...store,
    async read(...asked) {
      const { version, material } = await store.read(...asked)
      return { version, material }
    },
  }
}

test.each([
  ['keep:', 'completed'],
  ['not-in-use:', 'blocked'],
])(
  'a store keeps no mark: whether the value it holds is the key of a lost answer is asked (%s)',
  async (word, end) => {
    const rig = await restoreCopy(1, { wrapStore: dropMarks })
    const live = rig.live()
    await rig.run()
    expect(await whatItNeeds(rig)).toMatch(/^keep:/)
    expect(rig.live()).toEqual(live)
    const [attempt] = (await rig.rotation()).attempts
    await rig.run(confirming(word === 'keep:' ? await whatItNeeds(rig) : `${word}${attempt?.mark}`))
    const { rotation, last } = await rig.record()
    expect(rotation?.standing ?? last?.end).toBe(end)
    if (word === 'keep:') assertSafe(rig)
  },
)
