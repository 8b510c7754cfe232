/* Prints the result of the commands that drive a rotation, and computes their exit code. */

import type { Attended } from '../engine/attend.ts'
import { isDrift, resultOf } from '../service/outcome.ts'
import type { RunReport } from '../service/run.ts'
import { codeOf, describeError, exitCodeOf } from './exit-codes.ts'
import { formatInstant, paint, printResult } from './output.ts'

/** Prints the result for one key and returns the exit code. */
export function printAttended(attended: Attended, json: boolean, now: number): number {
  const result = resultOf(attended, now)
  printResult(json, documentOf(attended, now), () => linesOf(attended))
  return exitCodeOf([codeOf(result)])
}

/** Prints the result of a run and returns the exit code. JSON lists every key; text lists only the keys that need a line. */
export function printRun(report: RunReport, json: boolean, now: number): number {
  const failures = report.failed.map(({ key, error }) => ({ key, ...describeError(error) }))
  const document = {
    keys: report.attended.map((one) => documentOf(one, now)),
    postponed: report.postponed,
    failed: failures.map(({ key, code, lines }) => ({ key, code, lines })),
  }
  printResult(json, document, () => {
    const lines = report.attended.filter((one) => needsLine(one, now)).flatMap(linesOf)
    for (const { key, lines: details } of failures)
      lines.push(
        `${key}: ${paint('red', details[0] ?? 'failed')}`,
        ...details.slice(1).map((line) => `  ${line}`),
      )
    for (const { key, why } of report.postponed) lines.push(`${key}: due, postponed to a later run: ${why}`)
    return lines.length > 0 ? lines : ['nothing to do']
  })
  return exitCodeOf([
    ...failures.map(({ code }) => code),
    ...report.attended.map((one) => codeOf(resultOf(one, now))),
  ])
}

/** Keys that are current and healthy are left out. */
function needsLine(one: Attended, now: number): boolean {
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
    lines.push(...targetProblemsOf(attended))
    if (lines.length === 0) lines.push(`${key}: nothing to do`)
  }
  for (const debt of record?.debts ?? []) lines.push(`  delete ${debt.name} at the issuer: ${debt.why}`)
  for (const violation of record?.violations ?? [])
    lines.push(`  ${paint('red', violation.kind)}: ${violation.detail}`)
  return lines
}

/** Targets that cannot be read or hold the wrong value, for a key that is not being rotated. */
function targetProblemsOf({ key, record }: Attended): string[] {
  return Object.entries(record?.places ?? {}).flatMap(([id, { holds, failure }]) => {
    if (failure) return [`${key}: ${id}: ${failure.message}. ${failure.nextStep}`]
    return isDrift(holds, record) ? [`${key}: ${id} is ${holds}`] : []
  })
}
