import { failCurrentVersion } from '../../shared/store/place.ts'
import { isVersionOf } from './history.ts'
import { describeRetirement } from './patch.ts'
import { type KubernetesPlace, look } from './read.ts'

/** Removes the value from the field for the previous one. Any other version that is not current is gone already. */
export async function retireVersion(place: KubernetesPlace, version: string): Promise<'gone'> {
  const { api, object, address, call } = place
  const { secret, state } = await look(place)
  if (isVersionOf(version, state.current)) throw failCurrentVersion(place, version)
  if (isVersionOf(version, state.previous))
    await api.patch(object, describeRetirement(secret, state, address), call)
  return 'gone'
}
