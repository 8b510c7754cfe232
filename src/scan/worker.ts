/* A thread of the scan: searches the files it is sent and answers with what it found. */
import { parentPort, workerData } from 'node:worker_threads'
import { scanFile } from './files.ts'
import { Tally } from './tally.ts'

const tally = new Tally(new Set(workerData as readonly string[]))

parentPort?.on('message', async (paths: readonly string[]) => {
  for (const path of paths) await scanFile(tally, path)
  parentPort?.postMessage(tally.take())
})
