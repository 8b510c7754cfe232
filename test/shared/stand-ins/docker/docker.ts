/*
 * A stand-in for docker with the plugin compose, written from the reference of their command lines: it takes the few
 * forms of it that are used here and ends with 64 for anything else.
 */

import { chmodSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { INSPECT_FORMAT } from '../../../../providers/consumers/compose/containers.ts'
import { readEnvironment, readRuns } from '../program-log.ts'

export interface StandInContainer {
  id: string
  status?: string
  startedAt?: string
  exitCode?: number
  isOutOfMemory?: boolean
  restarts?: number
  health?: string
  /** What the fingerprint program prints in it. */
  reports?: string
}

export interface DockerStandIn {
  readonly path: string
  /** The service's containers from now on. */
  set(containers: readonly StandInContainer[]): void
  /** From now on every run does this instead, as lines of a shell script. */
  behave(lines: string): void
  /** One entry for each run: its mark, then its arguments. */
  runs(): { mark: string; words: string }[]
  environment(): Record<string, string>
}

export const SERVICE = 'renderer'
export const FILE = '/srv/app/compose.yaml'
export const REPORTER = ['sh', '-c', 'fingerprint "$API_KEY"']

export function makeDocker(folder: string): DockerStandIn {
  const [path, log, env] = ['docker', 'docker.log', 'docker.env'].map((name) => join(folder, name)) as [
    string,
    string,
    string,
  ]
  const write = (lines: string) => {
    writeFileSync(path, `#!/bin/sh\necho "$KEYROTA_MARK $*" >> ${log}\nenv > ${env}\n${lines}\n`)
    chmodSync(path, 0o700)
  }
  const strict = `
    [ "$1 $2" = "--host unix:///var/run/docker.sock" ] || exit 64
    shift 2
    case "$1" in
      compose)
        [ "$2 $3 $4 $5" = "--file ${FILE} --ansi never" ] || exit 64
        shift 5
        case "$*" in
          "ps --all --quiet --no-trunc ${SERVICE}") cat ${folder}/ids ;;
          "up --detach --force-recreate --no-deps --no-build --pull never ${SERVICE}") ;;
          "up --detach --force-recreate --no-deps --no-build --pull never --scale ${SERVICE}="?*" ${SERVICE}") ;;
          *) exit 64 ;;
        esac ;;
      inspect)
        [ "$2 $3 $4" = "--type container --format" ] && [ "$5" = '${INSPECT_FORMAT}' ] || exit 64
        shift 5
        for id in "$@"; do cat "${folder}/$id" || exit 1; done ;;
      exec)
        [ "$3 $4" = "sh -c" ] && [ "$5" = 'fingerprint "$API_KEY"' ] && [ $# = 5 ] || exit 64
        cat "${folder}/$2.reports" ;;
      *) exit 64 ;;
    esac`
  return {
    path,
    set(containers) {
      write(strict)
      writeFileSync(join(folder, 'ids'), containers.map(({ id }) => `${id}\n`).join(''))
      for (const one of containers) {
        const { id, status = 'running', startedAt = '0001-01-01T00:00:00Z', exitCode = 0, restarts = 0 } = one
        const rest = `${exitCode} ${one.isOutOfMemory ?? false} ${restarts} ${one.health ?? 'none'}`
        writeFileSync(join(folder, id), `${id} ${status} ${startedAt} ${rest}\n`)
        writeFileSync(join(folder, `${id}.reports`), `${one.reports ?? ''}\n`)
      }
    },
    behave: write,
    runs: () => readRuns(log),
    environment: () => readEnvironment(env),
  }
}
