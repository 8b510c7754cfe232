import { describe, expect, test } from 'vitest'
import { type Ledger, leave, readLedger, type Signal, signal } from '../../src/budget/ledger.ts'
import { shareOut } from '../../src/budget/share-out.ts'
import { seedRandom } from '../shared/seeded-random.ts'

const about = { account: 'cloud 1', class: 'writes', limit: 50 }
const by = (id: string, more: Partial<Signal> = {}): Signal => ({
  ...{ id, wants: 1, urgent: 0, gone: new Map(), usedForMs: 0, refused: null, wallMs: 0 },
  ...more,
})
const sum = (numbers: readonly number[]) => numbers.reduce((all, one) => all + one, 0)
const shares = ({ members }: Ledger) =>
  Object.fromEntries(
    Object.entries(members).map(([id, { share }]) => [id, Math.round(share * 1_000) / 1_000]),
  )

describe('parts', () => {
  test.each([
    ['one has all of it, whatever it wants', [[0.1, 0]], [1]],
    [
      'those who want more than there is get equal parts',
      [
        [1, 0],
        [1, 0],
      ],
      [0.5, 0.5],
    ],
    [
      'who wants little gets that, the others the rest',
      [
        [0.1, 0],
        [1, 0],
        [1, 0],
      ],
      [0.1, 0.45, 0.45],
    ],
    [
      'what is urgent goes first',
      [
        [1, 1],
        [1, 0],
      ],
      [1, 0],
    ],
    [
      'of two urgent ones each gets what it wants, then comes the rest',
      [
        [0.3, 0.3],
        [0.2, 0.2],
        [1, 0],
      ],
      [0.3, 0.2, 0.5],
    ],
    [
      'what nobody wants is divided',
      [
        [0.2, 0],
        [0.2, 0],
      ],
      [0.5, 0.5],
    ],
    ['nobody, nothing', [], []],
  ] as const)('%s', (_what, wishes, expected) => {
    const parts = shareOut(wishes.map(([wants, urgent]) => ({ wants, urgent })))
    expect(parts.map((part) => Math.round(part * 1_000) / 1_000)).toEqual(expected)
  })

  test('come to the whole, and not to more, for any wishes', () => {
    const random = seedRandom(7)
    const number = () => Number.parseInt(random(4), 36) / 36 ** 4
    for (let round = 0; round < 500; round += 1) {
      const wishes = Array.from({ length: 1 + Math.floor(number() * 8) }, () => ({
        wants: number(),
        urgent: number() < 0.3 ? number() : 0,
      }))
      const parts = shareOut(wishes)
      expect(sum(parts)).toBeCloseTo(1, 9)
      for (const part of parts) expect(part).toBeGreaterThanOrEqual(0)
    }
  })
})

describe('the ledger', () => {
  test('gives a newcomer nothing before another one has let go of it', () => {
    const alone = signal(null, about, by('a'))
    const joined = signal(alone, about, by('b'))
    expect(shares(joined)).toEqual({ a: 1, b: 0 })
    const lowered = signal(joined, about, by('a'))
    expect(shares(lowered)).toEqual({ a: 0.5, b: 0 })
    expect(shares(signal(lowered, about, by('b')))).toEqual({ a: 0.5, b: 0.5 })
  })

  test('never has parts of more than the whole, in whichever order processes come, go, die and want', () => {
    for (let seed = 1; seed <= 30; seed += 1) {
      const random = seedRandom(seed)
      const number = () => Number.parseInt(random(4), 36) / 36 ** 4
      let ledger: Ledger | null = null
      for (let step = 0; step < 200; step += 1) {
        const id = `p${Math.floor(number() * 6)}`
        const wants = number() < 0.5 ? 1 : number()
        const other = `p${Math.floor(number() * 6)}`
        const beat: number | undefined = ledger?.members[other]?.beat
        const gone: ReadonlyMap<string, number> =
          number() < 0.1 && beat !== undefined ? new Map([[other, beat]]) : new Map()
        const refused = number() < 0.1 ? { cuts: ledger?.cuts ?? 0, pauseMs: 0, guess: 1 } : null
        const left: Ledger | null | undefined = number() < 0.1 && ledger ? leave(ledger, id) : undefined
        const next: Ledger =
          left ??
          signal(ledger, about, by(id, { wants, urgent: wants * number(), gone, refused, usedForMs: 3_000 }))
        ledger = readLedger(JSON.parse(JSON.stringify(next)))
        expect(ledger, 'what is written can be read').not.toBeNull()
        expect(sum(Object.values(next.members).map(({ share }) => share))).toBeLessThanOrEqual(1)
        expect(next.rate).toBeGreaterThanOrEqual(0.5)
        expect(next.rate).toBeLessThanOrEqual(50)
      }
    }
  })

  test('is cut once for all calls that were sent before the cut', () => {
    const members = signal(signal(null, about, by('a')), about, by('b'))
    const refused = { cuts: 0, pauseMs: 2_000, guess: 0 }
    const once = signal(members, about, by('a', { refused }))
    expect(once).toMatchObject({ rate: 25, cuts: 1, cutAtRate: 50, pauseMs: 2_000 })
    expect(signal(once, about, by('b', { refused }))).toMatchObject({ rate: 25, cuts: 1 })
    // One that was no member does not know: while others live, theirs counts.
    expect(signal(once, about, by('c', { refused: { ...refused, cuts: null } })).cuts).toBe(1)
    expect(signal(null, about, by('c', { refused: { ...refused, cuts: null } })).cuts).toBe(1)
  })

  test('takes nobody for gone who has given another sign of life since', () => {
    const both = signal(signal(null, about, by('a')), about, by('b'))
    const beat = both.members.a?.beat ?? 0
    const alive = signal(both, about, by('a'))
    expect(Object.keys(signal(alive, about, by('b', { gone: new Map([['a', beat]]) })).members)).toContain(
      'a',
    )
    expect(Object.keys(signal(both, about, by('b', { gone: new Map([['a', beat]]) })).members)).not.toContain(
      'a',
    )
  })

  test('that lay idle has grown, whichever way the clock was set', () => {
    const cut = signal(
      null,
      about,
      by('a', { refused: { cuts: null, pauseMs: 0, guess: 0 }, wallMs: 1_000_000 }),
    )
    const idle = leave(cut, 'a') as Ledger
    expect(signal(idle, about, by('b', { wallMs: 1_000_000 + 3_600_000 })).rate).toBe(50)
    expect(signal(idle, about, by('b', { wallMs: 0 })).rate).toBe(25)
  })

  test('follows a limit that the config has changed', () => {
    const high = signal(null, about, by('a'))
    expect(signal(high, { ...about, limit: 10 }, by('a'))).toMatchObject({ rate: 10, limit: 10 })
  })

  test.each([
    ['nothing', null],
    ['text', 'x'],
    ['a list', []],
    ['a rate below zero', { rate: -1 }],
    ['a part of more than the whole', { share: 2 }],
    ['a rate without an end', { rate: 1e99 }],
  ])('that is damaged begins anew: %s', (_what, damage) => {
    const sound = signal(null, about, by('a'))
    const found =
      damage !== null && typeof damage === 'object' && !Array.isArray(damage)
        ? {
            ...sound,
            ...damage,
            ...('share' in damage ? { members: { a: { ...sound.members.a, ...damage } } } : {}),
          }
        : damage
    expect(readLedger(found)).toBeNull()
    expect(shares(signal(readLedger(found), about, by('b')))).toEqual({ b: 1 })
  })
})
