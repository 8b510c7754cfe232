/* Prints the result of the commands that drive a rotation, and computes their exit code. */

import type { KeyRecord } from '../contracts/record.ts'
import type { Attended } from '../engine/attend.ts'
import { nextStepsOf } from '../service/next-steps.ts'
import { resultOf } from '../service/outcome.ts'
import type { RunReport } from '../service/run.ts'
import { codeOf, describeError, type ErrorReport, exitCodeOf } from './exit-codes.ts'
import { formatInstant, paint, printResult } from './output.ts'
import { linesOfEvidence, linesOfSteps, linesOfUntil } from './step-lines.ts'

interface Manner {
  json: boolean
  now: number
  /** A person asked for a rotation: that none was begun is not a success. */
  asked?: boolean
}

/** Prints the result for one key and returns the exit code. */
export function printAttended(attended: Attended, { json, now, asked = false }: Manner): number {
  const result = resultOf(attended, now, asked)
  printResult(json, documentOf(attended, now, asked), () => linesOf(attended))
  return codeOf(result)
}

/** Prints the result of a run and returns the exit code. JSON lists every key; text lists only the keys that need a line. */
export function printRun(report: RunReport, { json, now }: Manner): number {
  const failures = report.failed.map(({ key, error }) => ({ key, report: describeError(error) }))
  const noted = report.noted.map(({ key, error }) => ({ key, report: describeError(error) }))
  const document = {
    keys: report.attended.map((one) => documentOf(one, now, false)),
    postponed: report.postponed,
    failed: failures.map(({ key, report: { code, kind, message, nextStep } }) => ({
      key,
      exitCode: code,
      kind,
      message,
      nextStep,
    })),
    noted: noted.map(({ key, report: { kind, message, nextStep } }) => ({ key, kind, message, nextStep })),
  }
  printResult(json, document, () => {
    const lines = [
      ...report.attended.filter((one) => needsLine(one, now)).flatMap(linesOf),
      ...[...failures, ...noted].flatMap(({ key, report: error }) => linesOfFailure(key, error)),
      ...report.postponed.map(({ key, why }) => `${key}: due, postponed to a later run: ${why}`),
    ]
    return lines.length > 0 ? lines : ['nothing to do']
  })
  return exitCodeOf([
    ...failures.map(({ report: { code } }) => code),
    ...report.attended.map((one) => codeOf(resultOf(one, now))),
  ])
}

function linesOfFailure(key: string, { message, nextStep }: ErrorReport): string[] {
  return [`${key}: ${paint('red', message)}`, `  ${nextStep}`]
}

/** Keys that are current and healthy are left out. */
function needsLine(one: Attended, now: number): boolean {
  return one.end !== 'idle' || one.notes.length > 0 || resultOf(one, now) !== 'done'
}

/** What a command says of one key in its JSON document. */
export function documentOf(attended: Attended, now: number, asked: boolean) {
  const { key, end, record, notes } = attended
  const rotation = record?.rotation
  return {
    key,
    result: resultOf(attended, now, asked),
    end,
    notes,
    current: record?.current ?? null,
    rotation: rotation
      ? { id: rotation.id, step: rotation.step, standing: rotation.standing, hold: rotation.hold ?? null }
      : null,
    last: record?.last ?? null,
    debts: record?.debts ?? [],
    violations: record?.violations ?? [],
    next: record && end !== 'claimed' ? nextStepsOf(record) : [],
  }
}

/** The same for people. */
export function linesOf(attended: Attended): string[] {
  const { key, end, record, notes } = attended
  const lines = notes.map((note) => `${key}: ${note}`)
  if (end === 'claimed')
    return [...lines, `${key}: another process is working on it`, `  next: keyrota status ${key}`]
  if (record?.rotation) lines.push(...linesOfRotation(record, record.rotation))
  else if (end === 'ended' && record?.last) lines.push(lineOfEnd(key, record.last))
  else if (end === 'waiting' && record) {
    lines.push(
      `${key}: ${paint('yellow', 'nothing was done')}; possible from ${formatInstant(record.quietUntil)} on`,
      `  next: keyrota rotate ${key}`,
    )
  }
  const steps = record ? linesOfSteps(nextStepsOf(record), record.rotation?.hold) : []
  if (lines.length === 0 && end === 'idle')
    lines.push(steps.length > 0 ? `${key}: ${paint('red', 'needs attention')}` : `${key}: nothing to do`)
  return [...lines, ...steps]
}

function linesOfRotation({ key }: KeyRecord, rotation: NonNullable<KeyRecord['rotation']>): string[] {
  const { hold, step, standing } = rotation
  const colour = standing === 'blocked' ? 'red' : 'yellow'
  const state = standing === 'awaiting-operator' ? 'waiting for a person' : standing
  return [
    `${key}: ${paint(colour, `${step}, ${state}`)}${hold ? `: ${hold.detail}` : ''}`,
    ...linesOfEvidence(hold),
    ...linesOfUntil(hold, standing),
  ]
}

function lineOfEnd(key: string, { end, id, why }: NonNullable<KeyRecord['last']>): string {
  return `${key}: ${paint(end === 'completed' ? 'green' : 'red', end)} (rotation ${id})${why ? `: ${why}` : ''}`
}
