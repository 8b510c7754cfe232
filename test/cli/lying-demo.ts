import { runProgram } from '../../src/cli/program.ts'
import { application } from '../../src/compose.ts'

/** The command line with a sandbox that answers a revocation as if it were done, and does nothing. */
await runProgram(
  {
    ...application,
    startSandbox: (options) => application.startSandbox({ ...options, faults: ['lying-revoke'] }),
  },
  process.argv,
)
