import { expect, test } from 'vitest'
import { check } from '../../src/service/check.ts'
import { makeRig } from '../engine/harness.ts'

async function findTarget(value: string) {
  const rig = makeRig()
  rig.write(0, value)
  const found = (await check(rig.context, [])).filter(({ place }) => place === 'store/app-0#KEY')
  expect(JSON.stringify(found)).not.toContain(value)
  expect(found).toHaveLength(1)
  return { found: found[0], probes: rig.space.calls.probe }
}

test('check names what stands in the place of a key, and does not send it to the issuer', async () => {
  const { found, probes } = await findTarget('ENC[AES256_GCM,data:4Tk=,iv:x,tag:y,type:str]')
  expect(found).toMatchObject({ level: 'problem', text: 'holds an encrypted value, not a key' })
  // The garbage key alone.
  expect(probes).toBe(1)
})

test('check says what a value looks like that may be a key', async () => {
  const { found } = await findTarget('"sk_live_4eC39HqLyjWDarjtT1zdp7dc"')
  expect(found?.text).toMatch(/^holds [0-9a-f]{16}, which looks like a value whose quotes are part of it;/)
})
