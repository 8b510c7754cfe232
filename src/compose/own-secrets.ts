/** Whether the secrets of those whom nothing asks before they are needed can be read: at night nobody could set them. */
import { outside } from '../../providers/index.ts'
import type { Config } from '../contracts/config.ts'
import { ProviderError } from '../contracts/errors.ts'
import type { SecretSource } from '../contracts/secret-source.ts'
import type { SecretTrouble } from '../service/context.ts'

/** Of notifiers, receivers and the heartbeat; what issuers, stores and meters need shows when they are asked. */
export async function checkOwnSecrets(config: Config): Promise<SecretTrouble[]> {
  const { readSecret } = await outside.secrets()
  const troubles: SecretTrouble[] = []
  for (const { place, source } of listSources(config)) {
    try {
      await readSecret(source, place)
    } catch (error) {
      if (!(error instanceof ProviderError)) throw error
      troubles.push({ place, text: error.message, nextStep: error.nextStep })
    }
  }
  return troubles
}

function listSources({ notifiers, receivers, heartbeat }: Config): { place: string; source: SecretSource }[] {
  const sections = [
    ...Object.entries(notifiers).map(([name, { options }]) => ({ place: `notifier ${name}`, options })),
    ...Object.entries(receivers).map(([name, { options }]) => ({ place: `receiver ${name}`, options })),
    ...(heartbeat ? [{ place: 'heartbeat', options: { url: heartbeat.url } }] : []),
  ]
  return sections.flatMap(({ place, options }) =>
    Object.values(Object(options)).flatMap((option) =>
      findSources(option).map((source) => ({ place, source })),
    ),
  )
}

/** The schema of a source is strict: whatever has one of these fields alone, with a text in it, is one. */
function findSources(option: unknown): SecretSource[] {
  if (typeof option !== 'object' || option === null) return []
  const [[name, value] = [], ...others] = Object.entries(option)
  const isSource = others.length === 0 && typeof value === 'string' && isNameOfSource(name)
  return isSource ? [option as SecretSource] : Object.values(option).flatMap(findSources)
}

function isNameOfSource(name: string | undefined): boolean {
  return name === 'env' || name === 'file' || name === 'credential'
}
