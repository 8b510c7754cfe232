/* The state of a service's containers, as `docker inspect` tells it. */

import type { Readiness } from '../../../src/contracts/consumer.ts'
import { readInstant } from '../../shared/consumer/told.ts'

/**
 * One line per container. Health has a log with whatever the check printed, and the configuration has the environment with
 * the key: neither is named here.
 *
 * The names are those of the client's own types (`ID`, and not the engine's `Id`). With any other name the client falls back
 * to the engine's JSON, in which a container without a health check has no `Health`, and the whole format fails.
 */
export const INSPECT_FORMAT = [
  '{{.ID}}',
  '{{.State.Status}}',
  '{{.State.StartedAt}}',
  '{{.State.ExitCode}}',
  '{{.State.OOMKilled}}',
  '{{.RestartCount}}',
  '{{if .State.Health}}{{.State.Health.Status}}{{else}}none{{end}}',
].join(' ')

export interface Container {
  id: string
  status: string
  /** Milliseconds since 1970; undefined if it never started. */
  startedAt: number | undefined
  exitCode: number
  isOutOfMemory: boolean
  restarts: number
  health: string
}

const LINE =
  /^([0-9a-f]{12,64}) ([a-z]+) (\d{4}-\d\d-\d\dT[\d:.]+(?:Z|[+-]\d\d:\d\d)) (-?\d{1,10}) (true|false) (\d{1,10}) ([a-z]+)$/

/** Reads the lines of the format; undefined if one is not of it. */
export function readContainers(output: string): Container[] | undefined {
  const containers: Container[] = []
  for (const line of output.split('\n').filter((one) => one !== '')) {
    const [, id, status, startedAt, exitCode, isOutOfMemory, restarts, health] = LINE.exec(line) ?? []
    if (id === undefined || status === undefined || health === undefined) return undefined
    containers.push({
      id,
      status,
      startedAt: readStart(startedAt),
      exitCode: Number(exitCode),
      isOutOfMemory: isOutOfMemory === 'true',
      restarts: Number(restarts),
      health,
    })
  }
  return containers
}

/** The engine writes the year 1 for "never", and nanoseconds. */
function readStart(text = ''): number | undefined {
  if (text.startsWith('0001-')) return undefined
  return readInstant(text.replace(/(\.\d{3})\d+/, '$1'))
}

/** Ready only if all of them are; failed if one is, since it is the same key in all. */
export function judgeContainers(containers: readonly Container[]): Readiness {
  if (containers.length === 0) return { is: 'progressing', why: 'it has no container' }
  const judged = containers.map(judgeContainer)
  const worst = judged.find(({ is }) => is === 'failed') ?? judged.find(({ is }) => is === 'progressing')
  if (worst) return worst
  const starts = containers.map(({ startedAt }) => startedAt)
  // One that has no start makes the start of the oldest unknown.
  const known = starts.filter((start) => start !== undefined)
  return known.length === starts.length ? { is: 'ready', oldestStart: Math.min(...known) } : { is: 'ready' }
}

function judgeContainer(container: Container): Readiness {
  const { status, health, id } = container
  const which = `container ${id.slice(0, 12)}`
  switch (status) {
    case 'running':
      if (health === 'unhealthy') return { is: 'failed', why: `${which} is unhealthy` }
      return health === 'starting'
        ? { is: 'progressing', why: `${which} has not passed its health check yet` }
        : { is: 'ready' }
    case 'exited':
    case 'dead':
      return { is: 'failed', why: `${which} ${describeEnd(container)}` }
    case 'restarting':
      return { is: 'progressing', why: `${which} ${describeEnd(container)}, and is about to start again` }
    default:
      return { is: 'progressing', why: `${which} is ${status}` }
  }
}

function describeEnd({ exitCode, isOutOfMemory, restarts }: Container): string {
  const how = isOutOfMemory ? 'was killed because memory ran out' : `ended with exit code ${exitCode}`
  return restarts > 0 ? `${how}, after ${restarts} automatic restarts` : how
}
