import { expect, test } from 'vitest'
import { createMetrics } from '../../src/telemetry/metrics.ts'
import { readUsageForGauges, setUsageGauges } from '../../src/telemetry/usage-gauges.ts'
import { HOUR, makeUsageRig } from '../service/usage/rig.ts'

test('open findings and meters are shown as they are now; what was accepted or is over is not', async () => {
  const rig = makeUsageRig({ mostPerHour: 200 })
  await rig.watch()
  const metrics = createMetrics({ version: '0', now: rig.now })
  let shown = await readUsageForGauges(rig.context)
  metrics.onCollect((gauges) => setUsageGauges(gauges, shown))
  expect(await metrics.text()).not.toContain('keyrota_usage_findings{')
  rig.meter.tell = () => ({ amount: 300 })
  await rig.watchFor(HOUR)
  rig.meter.isDown = true
  await rig.watchFor(HOUR)
  shown = await readUsageForGauges(rig.context)
  const text = await metrics.text()
  expect(text).toContain(`keyrota_usage_findings{key="${rig.key.name}",kind="limit"} 1`)
  expect(text).toMatch(/keyrota_meter_last_success_timestamp_seconds\{meter="gateway"\} 1\d{9}/)
  expect(text).toMatch(/keyrota_meter_failures\{meter="gateway"\} [1-9]/)
  Reflect.deleteProperty(rig.key, 'usage')
  shown = await readUsageForGauges(rig.context)
  expect(await metrics.text()).not.toContain('keyrota_usage_findings{')
})
