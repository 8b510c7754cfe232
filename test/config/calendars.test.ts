import { describe, expect, it } from 'vitest'
import { head, load, problemsOf } from './load-text.ts'

function configOf(calendars: string, blackouts: string, more = ''): string {
  return `${head}calendars:
${calendars}
keys:
  video:
    { environment: production, service: renderer, owner: video-team, issuer: api, every: 30d, ${more}
      blackouts: ${blackouts},
      targets: [{ store: aws, secret: prod/renderer, field: API_KEY }] }
`
}

const freeze =
  '  freeze: { timeZone: Europe/Berlin, dates: [{ from: 2026-12-20, to: 2027-01-06, reason: year end }] }'

describe('calendars', () => {
  it('are dates, a file beside the config, or both', async () => {
    const config = await load(
      configOf(`${freeze}\n  shared: { file: shared.ics, validUntil: 2027-12-31 }`, '[freeze, shared]'),
    )
    expect(config.calendars).toEqual({
      freeze: {
        timeZone: 'Europe/Berlin',
        dates: [{ from: '2026-12-20', to: '2027-01-06', yearly: false, reason: 'year end' }],
      },
      shared: { timeZone: 'UTC', dates: [], file: '/etc/keyrota/shared.ics', validUntil: '2027-12-31' },
    })
    expect(config.keys.video?.blackouts).toEqual(['freeze', 'shared'])
  })

  it('of the defaults are replaced by those of a key, also by none', async () => {
    const text = configOf(freeze, '[]').replace('calendars:', 'defaults: { blackouts: [freeze] }\ncalendars:')
    expect((await load(text)).keys.video).not.toHaveProperty('blackouts')
    expect((await load(text.replace('      blackouts: [],\n', ''))).keys.video?.blackouts).toEqual(['freeze'])
  })

  it.each([
    [
      '  freeze: { dates: [{ from: 2026-02-30, to: 2026-03-01 }] }',
      'calendars.freeze.dates[0].from: is no date',
    ],
    [
      '  freeze: { dates: [{ from: 2026-03-02, to: 2026-03-01 }] }',
      'calendars.freeze.dates[0].to: is not after',
    ],
    ['  freeze: { dates: [{ from: 20.12.2026, to: 2026-03-01 }] }', 'calendars.freeze.dates[0].from: '],
    ['  freeze: { file: a.ics, timeZone: Berlin }', 'calendars.freeze.timeZone: is not a time zone'],
    ['  freeze: { file: a.ics, validUntil: 2026-11-31 }', 'calendars.freeze.validUntil: is no date'],
    ['  freeze: { timeZone: UTC }', 'calendars.freeze: '],
  ])('refuse %s', async (calendars, problem) => {
    const problems = await problemsOf(configOf(calendars, '[freeze]'))
    expect(problems).toHaveLength(1)
    expect(problems[0]).toContain(problem)
  })

  it('are named as they are declared', async () => {
    expect(await problemsOf(configOf(freeze, '[freze]'))).toEqual([
      expect.stringMatching(/keys\.video\.blackouts\[0\]: is not a calendar of this config .* freeze$/),
    ])
  })
})

describe('what leaves no opening', () => {
  const long = '  freeze: { dates: [{ from: 2027-01-01, to: 2027-02-15, reason: move }] }'

  it('is a blackout that is longer than `every`', async () => {
    const [problem, ...more] = await problemsOf(configOf(long, '[freeze]'))
    expect(more).toEqual([])
    expect(problem).toContain('keys.video.blackouts: leaves no opening for 46d from 2027-01-01 on')
    expect(problem).toContain('(move)')
    expect(problem).toContain('an opening at least every 30d')
  })

  it('is several that touch each other', async () => {
    const two = `  one: { dates: [{ from: 2027-01-01, to: 2027-01-20 }] }\n  two: { dates: [{ from: 2027-01-21, to: 2027-02-10 }] }`
    expect(await problemsOf(configOf(two, '[one]'))).toEqual([])
    expect((await problemsOf(configOf(two, '[one, two]')))[0]).toContain('leaves no opening for 41d')
  })

  it('is a window that opens within the blackout alone', async () => {
    const window = 'window: { cron: "0 2 1 * *", for: 2h }, every: 62d, '.replace('every: 62d, ', '')
    const month = '  freeze: { dates: [{ from: 2027-01-01, to: 2027-01-02 }] }'
    const text = configOf(month, '[freeze]', window).replace('every: 30d', 'every: 40d')
    expect((await problemsOf(text))[0]).toContain('leaves no opening of `window` for 62d')
    expect(await problemsOf(text.replace('every: 40d', 'every: 63d'))).toEqual([])
  })

  it('is a blackout of each year that reaches over the next one', async () => {
    const yearly = '  freeze: { dates: [{ from: 2026-01-02, to: 2026-12-31, yearly: true }] }'
    expect((await problemsOf(configOf(yearly, '[freeze]')))[0]).toContain('leaves no opening for 36')
  })
})
