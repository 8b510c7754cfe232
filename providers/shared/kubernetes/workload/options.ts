import { z } from 'zod'
import { durationOption } from '../../options/duration.ts'

/** The options of every consumer that restarts workloads. */
export const restartOptions = {
  gather: durationOption('3s').describe(
    'how long a restart waits for others of the same workload, so that one serves all of them; shorter than `callLimit`',
  ),
  reloaderWait: durationOption('10s').describe(
    'how long Stakater Reloader may take to restart the workload, where it is told to; `gather` and this together are shorter than `callLimit`',
  ),
  maxCrashes: z
    .int()
    .min(1)
    .max(20)
    .default(3)
    .describe('how often a container of a new pod may crash before the consumer has failed'),
}
