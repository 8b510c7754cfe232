import type { Attended } from '../engine/attend.ts'
import { isDrift, resultOf } from '../service/outcome.ts'
import type { RunReport } from '../service/run.ts'
import { codeOf, complain, exitCodeOf } from './exit-codes.ts'
import { answer, formatInstant, paint } from './output.ts'

/** Answers what a verb came to for one key, and gives the exit code. */
export function answerAttended(attended: Attended, json: boolean, now: number): number {
  const result = resultOf(attended, now)
  answer(json, documentOf(attended, now), () => linesOf(attended))
  return exitCodeOf([codeOf(result)])
}

/** Answers what a run came to: every key for machines, those worth a line for people. */
export function answerRun(report: RunReport, json: boolean, now: number): number {
  const complaints = report.failed.map(({ key, error }) => ({ key, ...complain(error) }))
  const document = {
    keys: report.attended.map((one) => documentOf(one, now)),
    postponed: report.postponed,
    failed: complaints.map(({ key, code, lines }) => ({ key, code, lines })),
  }
  answer(json, document, () => {
    const lines = report.attended.filter((one) => isWorthALine(one, now)).flatMap(linesOf)
    for (const { key, lines: said } of complaints)
      lines.push(`${key}: ${paint('red', said[0] ?? 'failed')}`, ...said.slice(1).map((line) => `  ${line}`))
    for (const { key, why } of report.postponed) lines.push(`${key}: due, left for a later run: ${why}`)
    return lines.length > 0 ? lines : ['nothing to do']
  })
  return exitCodeOf([
    ...complaints.map(({ code }) => code),
    ...report.attended.map((one) => codeOf(resultOf(one, now))),
  ])
}

/** A key that is current and in order is not told of. */
function isWorthALine(one: Attended, now: number): boolean {
  return one.end !== 'idle' || one.notes.length > 0 || resultOf(one, now) !== 'done'
}

function documentOf(attended: Attended, now: number) {
  const { key, end, record, notes } = attended
  const rotation = record?.rotation
  return {
    key,
    result: resultOf(attended, now),
    end,
    notes,
    current: record?.current ?? null,
    rotation: rotation
      ? { id: rotation.id, step: rotation.step, standing: rotation.standing, hold: rotation.hold ?? null }
      : null,
    last: record?.last ?? null,
    debts: record?.debts ?? [],
    violations: record?.violations ?? [],
  }
}

function linesOf(attended: Attended): string[] {
  const { key, end, record, notes } = attended
  const lines = notes.map((note) => `${key}: ${note}`)
  if (end === 'claimed') return [...lines, `${key}: another process is working on it`]
  const rotation = record?.rotation
  if (rotation) {
    const hold = rotation.hold
    lines.push(
      `${key}: ${paint('yellow', `${rotation.step}, ${rotation.standing}`)}${hold ? `: ${hold.detail}` : ''}`,
    )
    if (hold?.until && rotation.standing !== 'blocked') lines.push(`  until ${formatInstant(hold.until)}`)
    if (hold?.command) lines.push(`  next: ${hold.command}`)
  } else if (end === 'ended' && record?.last) {
    const good = record.last.end === 'completed'
    lines.push(
      `${key}: ${paint(good ? 'green' : 'red', record.last.end)} (rotation ${record.last.id})${record.last.why ? `: ${record.last.why}` : ''}`,
    )
  } else if (end === 'idle') {
    lines.push(...placesOf(attended))
    if (lines.length === 0) lines.push(`${key}: nothing to do`)
  }
  for (const debt of record?.debts ?? []) lines.push(`  delete ${debt.name} at the issuer: ${debt.why}`)
  for (const violation of record?.violations ?? [])
    lines.push(`  ${paint('red', violation.kind)}: ${violation.detail}`)
  return lines
}

/** Targets of a key that nobody rotates which cannot be read, or hold what they should not. */
function placesOf({ key, record }: Attended): string[] {
  return Object.entries(record?.places ?? {}).flatMap(([id, { holds, failure }]) => {
    if (failure) return [`${key}: ${id}: ${failure.message}. ${failure.nextStep}`]
    return isDrift(holds, record) ? [`${key}: ${id} is ${holds}`] : []
  })
}
