import type { Application } from '../cli/application.ts'
import { exitCodes } from '../cli/exit-codes.ts'
import { paint, printNote as sayProgress } from '../cli/output.ts'
import { stoppedBy } from '../cli/verb.ts'
import { listKeys } from './gateway.ts'
import { countCalls } from './looks.ts'
import { ClaimError, claim, nameProgram, printLine, printScene } from './print.ts'
import { adoptKeys, refuseAtCreation, rollBackRollout, rotateByHand, rotateUnattended } from './scenes.ts'
import { type Closing, type Stage, setStage } from './stage.ts'

const SIGNALS = ['SIGINT', 'SIGTERM'] as const

/**
 * Rotates keys against a local sandbox without any input, and checks everything that it claims. Its folder is kept;
 * nothing else remains, however it ends.
 * @returns the exit code: 0 only if every claim is true
 */
export async function runDemo(application: Application): Promise<number> {
  const stopping = new AbortController()
  const stop = (signal: NodeJS.Signals) => {
    stoppedBy.signal = signal
    stopping.abort()
  }
  for (const signal of SIGNALS) process.on(signal, stop)
  const closing: Closing = []
  try {
    await play(application, stopping.signal, closing)
    return exitCodes.done
  } catch (error) {
    if (stopping.signal.aborted) {
      sayProgress('stopped')
      return exitCodes.internal
    }
    if (!(error instanceof ClaimError)) throw error
    for (const line of error.lines) sayProgress(paint('red', line, process.stderr))
    return exitCodes.internal
  } finally {
    for (const close of closing) await close()
    for (const signal of SIGNALS) process.off(signal, stop)
  }
}

async function play(application: Application, stop: AbortSignal, closing: Closing): Promise<void> {
  const startedAt = performance.now()
  const stage = await setStage(application, stop, closing)
  introduce(stage)
  const scenes = [adoptKeys, rotateUnattended, refuseAtCreation, rollBackRollout, rotateByHand]
  for (const scene of scenes) {
    stop.throwIfAborted()
    await scene(stage)
  }
  await sumUp(stage)
  printPlaces(stage, performance.now() - startedAt)
}

function introduce({ folder, sandbox }: Stage): void {
  printLine(paint('bold', 'Keyrota demo'))
  printLine(`  gateway    ${sandbox.url}, a sandbox that returns 401, 422 and 200 as ppt.video documents`)
  printLine('  consumers  renderer and trailers, two processes that call it continuously')
  printLine(`  folder     ${folder}: their env files, keyrota.yaml, the journal`)
}

/** Compares what the consumers counted with what the gateway counted. */
async function sumUp({ consumers, sandbox }: Stage): Promise<void> {
  printScene('Summary', ['The consumers stop after their last call.'])
  const reports = [await consumers.renderer.stop(), await consumers.trailers.stop()]
  const calls = reports.reduce((sum, report) => sum + countCalls(report), 0)
  const done = reports.reduce((sum, report) => sum + report.calls.done, 0)
  const keys = await listKeys(sandbox)
  const counted = keys.reduce((sum, key) => sum + (key.requests[200] ?? 0), 0)
  claim(`${calls} calls of the consumers, ${done} of them successful (200)`, done, calls)
  claim(`the gateway counted the same number: ${counted}`, counted, done)
  const live = keys.filter((key) => key.state !== 'revoked').map(({ fingerprint }) => fingerprint)
  const used = reports.map(({ fingerprint }) => fingerprint)
  claim(
    `of ${keys.length} keys, only the two in use are still valid: ${used.join(', ')}`,
    live.toSorted(),
    used.toSorted(),
  )
}

function printPlaces({ folder, opened }: Stage, tookMs: number): void {
  const state = process.env.KEYROTA_STATE ? 'KEYROTA_STATE= ' : ''
  printLine()
  printLine(`  journal    ${opened.journalPlace}`)
  printLine(`  timeline   ${state}${nameProgram()} explain renderer --config ${opened.file}`)
  printLine(
    `  The gateway stops now, and its keys with it: nothing in ${folder} works any more. Delete it when you like.`,
  )
  printLine()
  printLine(
    `  Done in ${Math.round(tookMs / 1000)} s. Next: ${nameProgram()} init writes a config for your own keys; README.md explains the rest.`,
  )
}
