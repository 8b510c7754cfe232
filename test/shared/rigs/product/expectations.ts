import { expect } from 'vitest'
import { fingerprintPart } from '../../../../src/contracts/fingerprint.ts'
import type { KeyRecord } from '../../../../src/contracts/record.ts'
import { SecretValue } from '../../../../src/contracts/secret-value.ts'
import type { Attended } from '../../../../src/engine/attend.ts'
import type { Product } from './product.ts'
import type { ProductRig } from './rig.ts'

/** Fewer calls than this in a rotation and the worker has proved nothing. */
const LEAST_CALLS = 10

/** The rotation is over, the worker and the file have a new key that the product accepts, and the old one is dead. */
export async function expectTurnedOver(
  product: Product,
  rig: ProductRig,
  attended: Attended,
): Promise<KeyRecord> {
  const record = expectEnd(rig, attended, 'completed')
  const held = rig.heldKey()
  expect(held === rig.oldKey).toBe(false)
  expect(rig.worker.fingerprint()).toBe(fingerprintOf(held))
  expect(record.current?.fingerprint).toBe(fingerprintOf(held))
  expect(await product.call(held)).toBe(200)
  expect(await product.call(rig.oldKey)).not.toBe(200)
  expectUndisturbed(rig)
  return record
}

/** The old key is back in the file and with the worker, and alive. */
export async function expectRolledBack(
  product: Product,
  rig: ProductRig,
  attended: Attended,
): Promise<KeyRecord> {
  const record = expectEnd(rig, attended, 'rolled-back')
  expect(rig.heldKey() === rig.oldKey).toBe(true)
  expect(rig.worker.fingerprint()).toBe(fingerprintOf(rig.oldKey))
  expect(record.current?.fingerprint).toBe(fingerprintOf(rig.oldKey))
  expect(await product.call(rig.oldKey)).toBe(200)
  expectUndisturbed(rig)
  return record
}

/** The product has refused no call: neither of the worker, nor with the key that was in the file at that moment. */
export function expectUndisturbed(rig: ProductRig): void {
  const { calls } = rig.worker
  expect(calls).toMatchObject({ refused: 0, unanswered: 0 })
  expect(calls.accepted).toBeGreaterThan(LEAST_CALLS)
}

function expectEnd(rig: ProductRig, attended: Attended, end: 'completed' | 'rolled-back'): KeyRecord {
  const { record } = attended
  expect({
    end: attended.end,
    last: record?.last?.end,
    hold: record?.rotation?.hold,
    refused: rig.worker.calls.refused,
  }).toEqual({ end: 'ended', last: end, hold: undefined, refused: 0 })
  return record as KeyRecord
}

function fingerprintOf(value: string): string {
  return fingerprintPart(new SecretValue(value))
}

/** Runs the commands that show most and finds none of the product's values in what is left. */
export async function expectSilence(rig: ProductRig): Promise<void> {
  await rig.command('check')
  await rig.command('status', '--json')
  await rig.command('explain', 'renderer-prod')
  await rig.command('explain', 'renderer-prod', '--json')
  const { leaks, known } = rig.search()
  expect(leaks).toEqual([])
  expect(known).toBeGreaterThan(1)
}
