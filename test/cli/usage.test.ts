/* `keyrota usage`, typed as a person would, on a rig of memory providers. */

import { expect, test } from 'vitest'
import { HOUR, makeUsageRig } from '../service/usage/rig.ts'
import { typeCommand } from './in-process.ts'

test('the numbers of a dashboard: added, judged, shown and accepted', async () => {
  const rig = makeUsageRig({ mostPerHour: 100, policy: 'ask' })
  await rig.run()
  const name = rig.key.name
  const type = (command: string) => typeCommand(rig, `keyrota usage ${command}`)
  expect((await type('')).text).toContain('not measured yet')
  const first = await type(`add ${name} --total --requests 18204 --at ${new Date(rig.now()).toISOString()}`)
  expect(first).toMatchObject({
    code: 0,
    text: expect.stringContaining('the next one shows the use since then'),
  })
  rig.pass(HOUR)
  const second = await type(`add ${name} --total --requests 18904`)
  expect(second.code).toBe(4)
  expect(second.text).toContain('requests: 700 from')
  expect(second.text).toContain('limit: 700 requests in the hour before')
  const shown = await type(name)
  expect(shown.text).toContain('typed/requests')
  expect(shown.text).toMatch(/limit \(open, found .*\): 700 requests/)
  expect((await typeCommand(rig, 'keyrota status --check')).code).toBe(4)
  expect((await typeCommand(rig, `keyrota explain ${name}`)).text).toContain('use: limit')
  expect(await type(`accept ${name} limit`)).toMatchObject({
    code: 0,
    text: expect.stringContaining('accepted: limit'),
  })
  expect((await typeCommand(rig, 'keyrota status --check')).code).toBe(0)
  const document = JSON.parse((await type('--json')).text)
  expect(document.keys[0]).toMatchObject({
    key: name,
    findings: [{ kind: 'limit', acceptedAt: expect.stringMatching(/Z$/) }],
  })
})

test.each([
  ['add KEY', /no number is given/],
  ['add KEY --requests 5', /since when these were used[\s\S]*--total/],
  ['add KEY --requests 18.204', /whole number without points or commas/],
  ['add KEY --credits 1,5', /comma may part thousands/],
  ['add KEY --requests -1', /Expected a whole number/],
  ['add KEY --requests 5 --at 2026-11-27', /with its zone/],
  ['add KEY --requests 5 --at 2126-11-27T10:00Z', /lies in the future/],
  ['add other --requests 5 --total', /has no key other/],
  ['accept KEY', /nothing is open/],
  ['accept KEY much', /Expected one of limit, spike/],
  ['other', /has no key other/],
])('%s is refused in words that help', async (command, why) => {
  const rig = makeUsageRig()
  const said = await typeCommand(rig, `keyrota usage ${command.replace('KEY', rig.key.name)}`)
  expect(said.code).not.toBe(0)
  expect(said.text).toMatch(why)
})
