import { access, constants } from 'node:fs/promises'
import type { Call, ProviderContext } from '../../../src/contracts/call.ts'
import type {
  SecretAddress,
  SecretStore,
  StoreCheck,
  StoredKey,
} from '../../../src/contracts/secret-store.ts'
import { material } from '../../../src/contracts/secret-value.ts'
import { parseDurationMs } from '../../shared/options/duration.ts'
import { failure, systemFailure } from './failures.ts'
import { type GitAnswer, isTakenNext, isTracked } from './git.ts'
import type { Options } from './options.ts'
import type { Place } from './place.ts'
import { fieldsOf, refuseAborted, type Session, type Setting, withTarget } from './session.ts'
import { retireVersion, valuesOf } from './side-record.ts'
import { saveRecord } from './state.ts'
import { joinFields, tidy, writeFields } from './write.ts'

/** A store that keeps keys in lines of env files on this machine. */
export function make(options: Options, context: ProviderContext): SecretStore {
  const setting: Setting = {
    provider: context.name,
    options,
    stateFolder: context.stateFolder,
    lockLimitMs: parseDurationMs(options.lockWait),
  }
  return {
    traits: { readable: true, compareAndSet: true, settleMs: 0 },
    check: (address, call) =>
      withTarget(setting, address, call, async (session) => {
        call.beforeSend()
        return checkTarget(session, call)
      }),
    read: (address, version, call) =>
      withTarget(setting, address, call, async (session) => {
        call.beforeSend()
        await tidy(session)
        if (session.recordChanged) await saveRecord(session.provider, session.files, session.record)
        return readVersion(session, address, version)
      }),
    async write(address, key, intent, call) {
      return withTarget(setting, address, call, async (session) => {
        const values = joinFields(setting.provider, address, key)
        await tidy(session)
        refuseTracked(session.provider, session.place, await isTracked(session.place.path, call.signal))
        return writeFields(session, values, intent, call)
      })
    },
    retire: (address, version, call) =>
      withTarget(setting, address, call, (session) => retire(session, version, call)),
  }
}

async function checkTarget(session: Session, call: Call): Promise<StoreCheck> {
  const { provider, place } = session
  const tracked = await isTracked(place.path, call.signal)
  const taken = await isTakenNext(place.path, call.signal)
  refuseAborted(provider, call)
  refuseTracked(provider, place, tracked)
  try {
    await access(place.folder, constants.W_OK)
  } catch (error) {
    throw systemFailure(provider, error, `make a file in ${place.folder}`)
  }
  const notes: string[] = []
  if (taken === 'yes') notes.push(`git would take ${place.path} with \`git add\`; name it in .gitignore`)
  if (tracked === 'cannot-tell' || taken === 'cannot-tell')
    notes.push(`git could not be asked about ${place.path}; it is assumed not to keep it`)
  if ((place.stats.mode & 0o004n) !== 0n) notes.push(`everybody on this machine can read ${place.path}`)
  return { read: 'proved', write: 'assumed', notes }
}

function refuseTracked(provider: string, place: Place, tracked: GitAnswer): void {
  if (tracked !== 'yes') return
  throw failure(provider, {
    code: 'invalid',
    message: `git keeps ${place.path}; a key in it would go wherever the repository goes`,
    nextStep: 'Take it out with `git rm --cached` and name it in .gitignore, then replace the key in it.',
  })
}

function readVersion(session: Session, address: SecretAddress, wanted: string): StoredKey {
  const { provider, place, present, record, found } = session
  const current = record.versions.at(-1)
  if (wanted === 'current' && !(present && current)) {
    const missing = fieldsOf(address).filter((field) => !found.has(field))
    throw failure(provider, {
      code: 'not_found',
      missing: 'field',
      message: `${place.path} has no value for ${missing.join(' and ')}`,
      nextStep: 'Correct `field` in the target, or let the first rotation make it.',
    })
  }
  const version = wanted === 'current' ? current : record.versions.find(({ id }) => id === wanted)
  const values = version && valuesOf(record, version.id, present)
  if (!values)
    throw failure(provider, {
      code: 'not_found',
      missing: 'version',
      message: `the version ${wanted} of ${place.path} is not kept`,
      nextStep: 'Read the current version.',
    })
  const parts: Record<string, string> = {}
  for (const [part, field] of Object.entries(address.fields)) parts[part] = values.get(field ?? '') ?? ''
  return {
    version: version.id,
    material: material(parts),
    ...(version.mark === undefined ? {} : { mark: version.mark }),
  }
}

async function retire(session: Session, id: string, call: Call): Promise<'gone'> {
  const { provider, files, record, present } = session
  if (present && record.versions.at(-1)?.id === id)
    throw failure(provider, {
      code: 'invalid',
      message: `the version ${id} is the current one`,
      nextStep: 'Retire only a version that was replaced.',
    })
  call.beforeSend()
  await tidy(session)
  await saveRecord(provider, files, retireVersion(record, id, present))
  return 'gone'
}
