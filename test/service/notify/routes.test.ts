/* Whom an event goes to. */
import { expect, test } from 'vitest'
import type { NotifyRules } from '../../../src/contracts/config.ts'
import { recipientsOf } from '../../../src/service/notify/routes.ts'

const key = { owner: 'video-team', environment: 'production' }
const rules: NotifyRules = {
  notifiers: {
    everyone: { isPager: false, isRouted: false },
    team: { isPager: false, isRouted: true },
    platform: { isPager: false, isRouted: true },
    audit: { isPager: false, isRouted: true },
    'team-pager': { isPager: true, isRouted: true },
    'main-pager': { isPager: true, isRouted: false },
  },
  owners: {
    'video-team': { notify: ['team', 'team-pager'], escalateTo: 'platform' },
    platform: { notify: ['platform'] },
  },
  routes: [
    { atLeast: 'info', kinds: ['usage-*', 'leak-reported'], notify: ['audit'] },
    { atLeast: 'warning', environments: ['production'], owners: ['nobody'], notify: ['audit'] },
  ],
}

const cases: [string, Parameters<typeof recipientsOf>[0], Parameters<typeof recipientsOf>[2], string[]][] = [
  ['info', { level: 'info', kind: 'rotation-completed' }, { key }, []],
  ['info of a kind that is wanted', { level: 'info', kind: 'usage-new-source' }, { key }, ['audit']],
  ['a warning', { level: 'warning', kind: 'drift' }, { key }, ['everyone', 'team']],
  ['an alarm', { level: 'alarm', kind: 'drift' }, { key }, ['everyone', 'main-pager', 'team', 'team-pager']],
  [
    'a warning, late',
    { level: 'warning', kind: 'x' },
    { key, isEscalated: true },
    ['everyone', 'platform', 'team'],
  ],
  ['of no key', { level: 'warning', kind: 'campaign-paused' }, {}, ['everyone']],
  [
    'of an owner without a rule',
    { level: 'warning', kind: 'x' },
    { key: { ...key, owner: 'constructor' } },
    ['everyone'],
  ],
  ['a kind by its whole name', { level: 'info', kind: 'leak-reported-twice' }, { key }, []],
]

test.each(cases)('%s', (_about, event, about, names) => {
  expect(recipientsOf(event, rules, about).sort()).toEqual(names)
})

test('an alarm that no route fits goes to everybody', () => {
  const { team = expect.unreachable(), audit = expect.unreachable() } = rules.notifiers
  const narrow = { ...rules, notifiers: { team, audit }, owners: {} }
  expect(recipientsOf({ level: 'alarm', kind: 'drift' }, narrow)).toEqual(['team', 'audit'])
  expect(recipientsOf({ level: 'warning', kind: 'drift' }, narrow)).toEqual([])
})
