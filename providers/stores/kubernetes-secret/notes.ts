import type { V1Secret } from '@kubernetes/client-node'
import { copyMarks } from './known-writers.ts'
import { LAST_APPLIED, readApplied } from './last-applied.ts'
import { findHoldings, type Holding, isTrackedByArgo } from './writers.ts'

/*
 * What a person should know of a Secret that is written nevertheless: what becomes of the new key when a manifest or a
 * chart is applied again. Each way was tried on an API server (test/real/kubernetes/writers.test.ts). No value is in a note.
 */

export function findNotes(secret: V1Secret, fields: readonly string[]): string[] {
  const annotations = secret.metadata?.annotations ?? {}
  const notes = [
    ...describeCopies(secret, fields),
    ...findHoldings(secret, fields).flatMap((holding) => describeHolding(holding)),
  ]
  if (annotations['meta.helm.sh/release-name'] !== undefined)
    notes.push(
      'Helm made this Secret: if its chart renders the field, the next upgrade fails with a conflict (Helm 4 with `data`) or brings the old key back (Helm 3, `--server-side=false`, or `stringData`), and a chart that stops rendering it may delete it; keep the key in a Secret that the chart only names, or in a field that it never rendered',
    )
  if (isTrackedByArgo(secret))
    notes.push('Argo CD tracks this Secret: keep the field out of git, or a sync restores its value')
  if (
    Object.keys(secret.metadata?.labels ?? {}).some((name) =>
      /^(kustomize|helm)\.toolkit\.fluxcd\.io\//.test(name),
    )
  )
    notes.push('Flux applies this Secret: keep the field out of git, or a reconciliation restores its value')
  for (const [mark, who] of Object.entries(copyMarks)) {
    if (annotations[mark] !== undefined)
      notes.push(
        `${who} copies this Secret: readers of the copies get a new key later; set \`settle\` to the time that a copy may take`,
      )
  }
  return notes
}

/** The copy that kubectl keeps of a manifest that was applied on the client's side. */
function describeCopies(secret: V1Secret, fields: readonly string[]): string[] {
  const { data, stringData } = readApplied(secret)
  const { name, namespace } = secret.metadata ?? {}
  return fields.flatMap((field) => {
    const copy = Object.hasOwn(stringData, field)
      ? Buffer.from(stringData[field] ?? '', 'utf8').toString('base64')
      : data[field]
    if (copy === undefined) return []
    const is = copy === secret.data?.[field] ? 'which will be' : 'which is'
    return [
      `kubectl keeps a copy of ${field} in the annotation last-applied-configuration, ${is} a stale value that readers of the Secret still see; the next \`kubectl apply\` of that manifest brings the old key back, and without the field in it deletes the field: before it run \`kubectl annotate secret ${name} --namespace ${namespace} ${LAST_APPLIED}-\` and remove the field from the manifest`,
    ]
  })
}

function describeHolding({ manager, isApply, under, field }: Holding): string[] {
  if (manager === 'kubectl-replace')
    return [
      `\`kubectl replace\` wrote ${field}: the next replace with that manifest brings the old key back; stop replacing this Secret`,
    ]
  if (!isApply) return []
  if (under === 'stringData')
    return [
      `${manager} applied ${field} under \`stringData\`: the next apply of that manifest brings the old key back without a conflict; remove the field from the manifest and apply it once, which leaves the field as it is`,
    ]
  if (manager.startsWith('kubectl'))
    return [
      `${manager} applied ${field} server-side: after the rotation the next apply of that manifest fails with a conflict, and with \`--force-conflicts\` brings the old key back; remove the field from the manifest after the first rotation, since before it an apply without the field deletes it`,
    ]
  return []
}
