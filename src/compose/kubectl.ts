/** Joins `kubectl keyrota` with the commands and the cluster. */
import { sources } from '../../providers/index.ts'
import { printCommandsThrough } from '../cli/output.ts'
import { runProgram } from '../cli/program.ts'
import { application } from '../compose.ts'
import type { Reach } from '../kubectl/run-kubectl.ts'
import { machine } from '../machine.ts'

export const reach: Reach = {
  clock: machine.clock,
  open: async (signIn) => {
    const { openPerson } = await sources.kubernetes()
    return openPerson(signIn, { name: 'cluster', stateFolder: '', ...machine })
  },
  run: (args, through) => {
    printCommandsThrough(through)
    return runProgram(application, ['node', 'keyrota', ...args])
  },
}
