/** Searches files on several cores: each thread takes the next batch when it is done with its last. */
import { availableParallelism } from 'node:os'
import { Worker } from 'node:worker_threads'
import { type FoundFile, scanFile } from './files.ts'
import type { Part, Tally } from './tally.ts'

const MAX_THREADS = 8
const BATCH_FILES = 256
const BATCH_BYTES = 16 * 1024 ** 2

/** In the built program, the thread is a file of its own beside the folder of this one. */
const worker = new URL(
  import.meta.filename.endsWith('.ts') ? './worker.ts' : '../scan-worker.js',
  import.meta.url,
)

export interface Work {
  known: ReadonlySet<string>
  /** For files that are searched in this thread. */
  tally: Tally
  signal: AbortSignal
  /** Called with what each batch added. */
  took(part: Part): void
  threads?: number | undefined
}

/** A few files are searched here and now; threads are started once there is more than a batch. */
export async function scanFiles(files: Iterator<FoundFile>, work: Work): Promise<void> {
  const first = takeBatch(files)
  const second = takeBatch(files)
  const threads = Math.min(work.threads ?? availableParallelism(), MAX_THREADS)
  if (threads > 1 && second.length > 0) return await share([first, second], files, { ...work, threads })
  for (let batch = first; batch.length > 0; batch = batch === first ? second : takeBatch(files)) {
    for (const path of batch) {
      if (work.signal.aborted) return
      await scanFile(work.tally, path)
      work.took(work.tally.take())
    }
  }
}

function takeBatch(files: Iterator<FoundFile>): string[] {
  const batch: string[] = []
  let bytes = 0
  while (batch.length < BATCH_FILES && bytes < BATCH_BYTES) {
    const next = files.next()
    if (next.done) break
    batch.push(next.value.path)
    bytes += next.value.size
  }
  return batch
}

async function share(
  waiting: string[][],
  files: Iterator<FoundFile>,
  work: Work & { threads: number },
): Promise<void> {
  const nextBatch = () => (work.signal.aborted ? [] : (waiting.shift() ?? takeBatch(files)))
  const threads = Array.from({ length: work.threads }, () => runThread(nextBatch, work))
  await Promise.all(threads)
}

/** @throws whatever ends the thread: then no absence may be reported. */
async function runThread(nextBatch: () => string[], { known, took }: Work): Promise<void> {
  const thread = new Worker(worker, { workerData: [...known] })
  try {
    await new Promise<void>((done, fail) => {
      const goOn = () => {
        const batch = nextBatch()
        if (batch.length === 0) return done()
        thread.postMessage(batch)
      }
      thread.on('message', (part: Part) => {
        took(part)
        goOn()
      })
      thread.on('error', fail)
      thread.on('exit', (code) => fail(new Error(`a thread of the scan ended with ${code}`)))
      goOn()
    })
  } finally {
    await thread.terminate()
  }
}
