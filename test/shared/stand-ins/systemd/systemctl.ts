/*
 * A stand-in for systemctl, written from its manual and its source (version 252): it takes the few forms of it that are
 * used here and ends with 64 for anything else. `systemctl show` prints properties in an order of its own, leaves out
 * those that it does not know, and ends with 0 for a unit that does not exist.
 */

import { chmodSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { readEnvironment, readRuns } from '../program-log.ts'

export const UNIT = 'worker@eu.service'

export interface SystemctlStandIn {
  readonly path: string
  /** What `show` prints from now on, and with which exit code `restart` and `reload` end. */
  set(about: { properties?: Readonly<Record<string, string | number>>; exit?: number }): void
  /** From now on every run does this instead, as lines of a shell script. */
  behave(lines: string): void
  /** One line for each run: its mark, then its arguments. */
  runs(): { mark: string; words: string }[]
  /** The environment of the last run. */
  environment(): Record<string, string>
}

/** A service that runs and tells nothing of its start. */
export const running = {
  LoadState: 'loaded',
  ActiveState: 'active',
  SubState: 'running',
  Type: 'simple',
  KillMode: 'control-group',
  Result: 'success',
  MainPID: 0,
}

export function makeSystemctl(folder: string): SystemctlStandIn {
  const [path, log] = [join(folder, 'systemctl'), join(folder, 'systemctl.log')]
  const files = { shown: join(folder, 'shown'), exit: join(folder, 'exit'), env: join(folder, 'env') }
  const write = (lines: string) => {
    writeFileSync(path, `#!/bin/sh\necho "$KEYROTA_MARK $*" >> ${log}\nenv > ${files.env}\n${lines}\n`)
    chmodSync(path, 0o700)
  }
  writeFileSync(files.exit, '0')
  const strict = `
    [ "$1" = --user ] && shift
    [ "$1" = --no-pager ] || exit 64
    shift
    case "$1" in
      show)
        case "$2" in --property=?*) ;; *) exit 64 ;; esac
        [ "$3 $4" = "-- ${UNIT}" ] && [ $# = 4 ] || exit 64
        cat ${files.shown} ;;
      --no-ask-password)
        [ "$2" = --no-block ] && [ "$4 $5" = "-- ${UNIT}" ] && [ $# = 5 ] || exit 64
        case "$3" in restart|reload) ;; *) exit 64 ;; esac
        exit "$(cat ${files.exit})" ;;
      *) exit 64 ;;
    esac`
  write(strict)
  return {
    path,
    set({ properties, exit }) {
      write(strict)
      if (exit !== undefined) writeFileSync(files.exit, String(exit))
      if (properties) {
        const lines = Object.entries(properties).map(([name, value]) => `${name}=${value}\n`)
        writeFileSync(files.shown, lines.toReversed().join(''))
      }
    },
    behave: write,
    runs: () => readRuns(log),
    environment: () => readEnvironment(files.env),
  }
}
