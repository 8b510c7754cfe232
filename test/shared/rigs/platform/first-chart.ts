/** The first chart that had its CRD, as `git archive` packed it: upgrades have to be possible from it on. */
import { execFile } from 'node:child_process'
import { mkdtemp } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { promisify } from 'node:util'

const run = promisify(execFile)
const ARCHIVE = fileURLToPath(new URL('first-chart.tar.gz', import.meta.url))

/** Unpacks it into a folder of its own, which the caller removes. */
export async function unpackFirstChart(): Promise<{ chart: string; folder: string }> {
  const folder = await mkdtemp(join(tmpdir(), 'keyrota-first-chart-'))
  await run('tar', ['--extract', '--gzip', '--file', ARCHIVE], { cwd: folder })
  return { chart: join(folder, 'helm', 'keyrota'), folder }
}
