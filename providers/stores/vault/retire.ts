import { failCurrentVersion } from '../../shared/store/place.ts'
import { encodePath, fetchVersion, pathOf, policyPathOf, type VaultPlace } from './read.ts'

/** Version numbers only grow, so one below the current number can never become current again. */
export async function retireVersion(place: VaultPlace, version: string): Promise<'gone'> {
  const current = await fetchVersion(place, 'current')
  if (current.version === Number(version)) throw failCurrentVersion(place, version)
  if (current.version < Number(version)) {
    const says = `has no version ${version} yet`
    throw place.fail({ code: 'conflict', says, nextStep: 'Retire a version only after it was replaced.' })
  }
  const path = pathOf(place, 'destroy')
  const request = { path: encodePath(path), body: { versions: [Number(version)] }, mutates: true }
  const grant = { capability: 'update' as const, path: policyPathOf(place, path) }
  await place.session.send({ ...request, grant }, place.call)
  return 'gone'
}
