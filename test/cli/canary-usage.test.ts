/* What a meter says of where a use came from may have a key in it: it goes no further. */

import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, expect, test } from 'vitest'
import { setScene } from './canary/scene.ts'
import { KEY, sandboxIssuer } from './installation.ts'

const outside = mkdtempSync(join(tmpdir(), 'keyrota-usage-'))
afterAll(() => rmSync(outside, { recursive: true, force: true }))

const HOUR = 3_600_000

test('a gateway that writes whole requests into its export', { timeout: 240_000 }, async () => {
  const file = join(outside, 'usage.csv')
  const columns = { consumer: 'consumer', path: 'path', agent: 'agent' }
  const scene = await setScene({
    issuer: sandboxIssuer,
    cache: join(outside, 'compiled'),
    config: {
      meters: { export: { type: 'csv', file, columns, every: '1s' } },
      defaults: { usage: { from: ['export'], mostPerHour: 10, policy: 'ask' } },
    },
  })
  const { value } = scene.oldKey
  const cell = (text: string) => `"${text.replaceAll('"', '""')}"`
  const rows = [1, 2, 3].map((ago) => {
    const time = new Date(Math.floor(Date.now() / HOUR) * HOUR - ago * HOUR).toISOString()
    return [
      time,
      KEY,
      500,
      cell(value),
      cell(`/v1/x/${value}?key=${value}`),
      cell(`curl key=${value}`),
    ].join()
  })
  writeFileSync(file, ['time,key,requests,consumer,path,agent', ...rows, ''].join('\n'))
  await scene.run(['run', '--wait', '1500ms'])
  await scene.run(['check'])
  for (const mode of [[], ['--json']]) {
    const { stdout } = await scene.run(['usage', KEY, ...mode])
    expect(stdout).toContain('[secret]')
    await scene.run(['status', ...mode])
    await scene.run(['explain', KEY, ...mode])
  }
  const { stdout } = await scene.run(['usage', KEY])
  expect(stdout).toContain('limit (open')
  writeFileSync(file, `time,key,requests,consumer,path,agent\n${value},${KEY},${value},,,\n`)
  await scene.run(['check', KEY])
  await scene.run(['run', '--wait', '1500ms'])
  await scene.run(['usage', '--json'])
  const { leaks } = await scene.finish()
  expect(leaks).toEqual([])
})
