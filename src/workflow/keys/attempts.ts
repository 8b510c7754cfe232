import type { ApiIssuerTraits } from '../../contracts/key-issuer.ts'
import type {
  Attempt,
  Confirmation,
  Effect,
  KeyRecord,
  PinnedIssuer,
  Rotation,
} from '../../contracts/record.ts'
import { confirmationOf } from '../words/confirmations.ts'
import type { Turn } from '../words/turn.ts'

/** Keys that one rotation may create; one that was never used counts too, one that was never created does not. */
export const MAX_ATTEMPTS = 3
/** Times one rotation may ask the issuer for a key, whatever the outcome. */
export const MAX_ISSUES = 12

/** The key this rotation puts in place: its latest attempt. */
export function candidate(rotation: Rotation): Attempt | undefined {
  return rotation.attempts.at(-1)
}

/** What a person confirms to have another key created in place of this one, when there is no way back. */
export function anotherKeyOf(rotation: Rotation): Confirmation {
  return confirmationOf('another-key', candidate(rotation)?.mark ?? 'first')
}

/** Fingerprint of the new key, once it is known. */
export function newFingerprint(rotation: Rotation): string | undefined {
  const attempt = candidate(rotation)
  return attempt?.state === 'issued' ? attempt.fingerprint : undefined
}

/** Whether only the memory of the process that created or accepted it has the value of the new key. */
export function isOnlyInMemory(rotation: Rotation): boolean {
  const fingerprint = newFingerprint(rotation)
  if (fingerprint === undefined || (rotation.step !== 'create' && rotation.step !== 'deploy')) return false
  return !Object.values(rotation.targets).some(
    (ledger) =>
      ledger.holds === 'new' ||
      ledger.writes.some((write) => write.fingerprint === fingerprint && write.version !== undefined),
  )
}

/** The old key, when it was not found dead and its value can be had. */
export function livingOld({ old }: Rotation): string | undefined {
  return old && !old.dead && !old.isLost ? old.fingerprint : undefined
}

/** Old and new fingerprints that are known, for a probe with both in it. */
export function bothKeys(rotation: Rotation): string[] {
  return [newFingerprint(rotation), rotation.old?.fingerprint].filter((one) => one !== undefined)
}

/** Mints the next mark of this key: `<installation>-<rotation>-<n>`; no n is used twice. */
export function mintMark(record: KeyRecord, rotation: Rotation): string {
  record.lastMark += 1
  return `${record.installation}-${rotation.id}-${record.lastMark}`
}

/** The number at the end of a mark of this installation, alone or in a name; 0 when there is none. */
export function markNumber(text: string, installation: string): number {
  const found = new RegExp(`(?:^|-)${installation}-\\d{8}-[a-z0-9]+-(\\d+)$`).exec(text)
  return found ? Number(found[1]) : 0
}

export function isApi(issuer: PinnedIssuer): issuer is PinnedIssuer & { traits: ApiIssuerTraits } {
  return issuer.lifecycle !== 'operator'
}

/** Opens the next attempt. @returns the effect that creates its key. */
export function openAttempt(turn: Turn): Effect {
  const { record, rotation } = turn
  // What the issuer refused for certain was never a key; only what may have been created is kept.
  rotation.attempts = rotation.attempts.filter((one) => one.state !== 'absent' || one.landsBy > 0)
  const mark = mintMark(record, rotation)
  const name = `keyrota-${record.key}-${mark}`
  rotation.attempts.push({ mark, name, state: 'intended', at: turn.now, landsBy: 0 })
  return { kind: 'issue', mark, name }
}
