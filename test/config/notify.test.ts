/* Who is told what, as a config says it. */
import { expect, test } from 'vitest'
import { head, key, load, problemsOf } from './load-text.ts'

const keys = `keys:\n  a: ${key}\n`
const notifiers = 'notifiers: { log: { type: log }, team: { type: chat }, on-call: { type: pager } }\n'

test('a notifier is routed if a route or an owner names it, and what writes here is not delivered', async () => {
  const routes =
    'routes: [{ kinds: [usage-*], notify: [team] }]\nowners: { video-team: { notify: [team] } }\n'
  const { notify } = await load(`${head}${notifiers}${routes}${keys}`)
  expect(notify).toEqual({
    notifiers: { team: { isPager: false, isRouted: true }, 'on-call': { isPager: true, isRouted: false } },
    routes: [{ kinds: ['usage-*'], atLeast: 'warning', notify: ['team'] }],
    owners: { 'video-team': { notify: ['team'] } },
  })
})

test('names that are not there are errors, with what was meant', async () => {
  const routes = `routes:
  - { notify: [taem] }
  - { notify: [log] }
owners:
  video-team: { notify: [on-cal], escalateTo: platfrom }
  platform: { notify: [team], escalateTo: platform }
`
  expect(await problemsOf(`${head}${notifiers}${routes}${keys}`)).toEqual([
    '11:16 routes[0].notify[0]: no notifier has this name | one of log, team, on-call | team',
    '12:16 routes[1].notify[0]: writes every event on this machine and takes no routes | a notifier of another type; what this one writes is decided by its own `atLeast` | -',
    '14:26 owners.video-team.notify[0]: no notifier has this name | one of log, team, on-call | on-call',
    '14:47 owners.video-team.escalateTo: no owner of this map has this name | one of video-team, platform | platform',
    '15:43 owners.platform.escalateTo: is the owner itself | another owner | -',
  ])
})

test('a mistake in one route hides no mistake in another', async () => {
  const routes = 'routes: [{ notify: [team], atLeast: loud }, { notify: [taem] }]\n'
  expect(await problemsOf(`${head}${notifiers}${routes}${keys}`)).toHaveLength(2)
})

test('the address of the heartbeat comes from outside, and its file is relative to the config', async () => {
  const { heartbeat } = await load(`${head}heartbeat: { url: { file: ./heart } }\n${keys}`)
  expect(heartbeat).toEqual({ url: { file: '/etc/keyrota/heart' }, everyMs: 300_000 })
  const inline = await problemsOf(`${head}heartbeat: { url: https://hc-ping.com/3b0c }\n${keys}`)
  expect(inline).toHaveLength(1)
  expect(inline[0]).not.toContain('hc-ping')
  expect(await problemsOf(`${head}heartbeat: { url: { env: H }, every: 1s }\n${keys}`)).toHaveLength(1)
})
