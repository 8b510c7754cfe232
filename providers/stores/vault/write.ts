import type { Call } from '../../../src/contracts/call.ts'
import { ProviderError } from '../../../src/contracts/errors.ts'
import type { SecretAddress } from '../../../src/contracts/secret-store.ts'
import type { Material } from '../../../src/contracts/secret-value.ts'
import { isSameMaterial } from '../../shared/store/secret-text.ts'
import { type Engine, encodePath, fail, type OpenVersion, openParts, pathOf, policyPathOf } from './engine.ts'
import { writtenVersion } from './kv.ts'

/** Integrated storage takes entries of 1 MiB; the rest is left for what the server adds to a secret. */
export const MAX_DATA_BYTES = 1024 * 1024 - 8 * 1024

export interface WriteRequest {
  address: SecretAddress
  material: Material
  mark: string
  replaces: string | 'absent'
}

/** Reads the current version and writes all its fields back with ours changed, if it is still the current one then. */
export async function writeParts(
  engine: Engine,
  request: WriteRequest,
  call: Call,
): Promise<{ version: string }> {
  const { address, material, replaces } = request
  const open = await openParts(engine, address, 'current', call)
  const current = open.found.version
  const place = JSON.stringify([address.secret, address.fields])
  const decision = engine.sentMarks.judge(place, request, {
    version: current,
    holds: open.absent.length === 0 && isSameMaterial(open.parts, material),
    isFree: open.absent.length === Object.keys(address.fields).length,
  })
  if (decision === 'repeat') return { version: String(current) }
  if (decision === 'conflict') {
    throw fail(engine, {
      code: 'conflict',
      message: `${pathOf(engine, 'data', address.secret)} is at version ${current}, which is not what this write replaces (${replaces})`,
      nextStep: 'Read the secret again and look at what changed.',
    })
  }
  return { version: await send(engine, request, open, call) }
}

async function send(engine: Engine, request: WriteRequest, open: OpenVersion, call: Call): Promise<string> {
  const { address, mark } = request
  const path = pathOf(engine, 'data', address.secret)
  const data = changeFields(engine, request, open.data)
  const place = JSON.stringify([address.secret, address.fields])
  const forget = engine.sentMarks.remember(place, { mark, version: open.found.version + 1 })
  try {
    const answer = await engine.session.send(
      {
        path: encodePath(path),
        body: { data, options: { cas: open.found.version } },
        mutates: true,
        grant: { capability: 'update', path: policyPathOf(engine, path) },
      },
      call,
    )
    return writtenVersion(answer, engine.provider)
  } catch (error) {
    if (!(error instanceof ProviderError) || error.effect === 'none') forget()
    throw error
  }
}

/** @throws ProviderError `invalid` when the secret would become larger than servers take. */
function changeFields(
  engine: Engine,
  { address, material }: WriteRequest,
  data: Record<string, unknown>,
): Record<string, unknown> {
  const changed = { ...data }
  for (const [part, field] of Object.entries(address.fields))
    changed[String(field)] = material[part]?.expose()
  const bytes = Buffer.byteLength(JSON.stringify(changed))
  if (bytes <= MAX_DATA_BYTES) return changed
  throw fail(engine, {
    code: 'invalid',
    message: `the secret would have ${bytes} bytes as JSON, more than ${MAX_DATA_BYTES}`,
    nextStep: 'Keep fewer or shorter fields in this secret.',
  })
}
