import { resolve } from 'node:path'
import type { ProviderContext } from '../../../src/contracts/call.ts'
import type { SecretStore } from '../../../src/contracts/secret-store.ts'
import { parseDurationMs } from '../../shared/options/duration.ts'
import { makeStore } from '../../shared/store/frame.ts'
import { makePlace } from '../../shared/store/place.ts'
import { checkFile } from './check.ts'
import { explainUnfit } from './fit.ts'
import { formats } from './formats/formats.ts'
import { isVersionId } from './history.ts'
import { checkAddress, type Options } from './options.ts'
import { readVersion } from './read.ts'
import { retire } from './retire.ts'
import { withFile } from './session.ts'
import { writeKey } from './write.ts'

/** A store that keeps keys in lines of env files on this machine. Compare-and-set is the lock of the file. */
export function make(options: Options, context: ProviderContext): SecretStore {
  const { stateFolder } = context
  const lockLimitMs = parseDurationMs(options.lockWait)

  return makeStore(context.name, {
    traits: { readable: true, compareAndSet: true, settleMs: 0 },
    checkAddress,
    isVersion: isVersionId,
    explainUnfit: (address, material) => explainUnfit(address, material, formats[options.format]),
    open: (place) => {
      const path = resolve(options.folder ?? '.', place.secret)
      return { ...makePlace({ ...place, name: path }), path, options, stateFolder, lockLimitMs }
    },
    check: (place) => withFile(place, checkFile),
    read: (place, version) => withFile(place, (session) => readVersion(session, version)),
    write: (place, request) => withFile(place, (session) => writeKey(session, request)),
    retire: (place, version) => withFile(place, (session) => retire(session, version)),
  })
}
