import type { V1Secret } from '@kubernetes/client-node'

/* kubectl's own memory of a manifest that it applied on the client's side: the whole manifest, with its values. */

export const LAST_APPLIED = 'kubectl.kubernetes.io/last-applied-configuration'

export interface AppliedFields {
  /** Field → base64. */
  readonly data: Readonly<Record<string, string>>
  readonly stringData: Readonly<Record<string, string>>
}

/** The fields of the manifest that kubectl remembers; none when it remembers none. */
export function readApplied(secret: V1Secret): AppliedFields {
  const text = secret.metadata?.annotations?.[LAST_APPLIED]
  if (text === undefined) return { data: {}, stringData: {} }
  let manifest: unknown
  try {
    manifest = JSON.parse(text)
  } catch {
    // Not kubectl's: it holds nothing that could be read by field.
    return { data: {}, stringData: {} }
  }
  const { data, stringData } = (manifest ?? {}) as { data?: object; stringData?: object }
  return { data: toTexts(data), stringData: toTexts(stringData) }
}

function toTexts(map: object | undefined): Record<string, string> {
  return Object.fromEntries(Object.entries(map ?? {}).map(([field, value]) => [field, String(value)]))
}
