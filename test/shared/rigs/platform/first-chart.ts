/** The chart as it was first, from the history of this repository. */
import { execFile } from 'node:child_process'
import { mkdtemp, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { promisify } from 'node:util'

const run = promisify(execFile)
const options = { encoding: 'buffer', maxBuffer: 1 << 26 } as const
const CHART = 'helm/keyrota'
const CRD = `${CHART}/files/managedkeys.keyrota.dev.yaml`

/**
 * Unpacks the chart of the first commit that had it with the CRD, without which it installs nothing that works.
 * @throws Error in a clone without the history
 */
export async function unpackFirstChart(): Promise<{ commit: string; chart: string; folder: string }> {
  const { stdout } = await run('git', ['rev-list', '--reverse', '--topo-order', 'HEAD', '--', CHART])
  for (const commit of stdout.trim().split('\n')) {
    const tree = await run('git', ['ls-tree', '--name-only', commit, CRD, `${CHART}/Chart.yaml`])
    if (tree.stdout.trim().split('\n').length < 2) continue
    const folder = await mkdtemp(join(tmpdir(), 'keyrota-first-chart-'))
    const archive = await run('git', ['archive', commit, CHART], options)
    await writeFile(join(folder, 'chart.tar'), archive.stdout)
    await run('tar', ['--extract', '--file', 'chart.tar'], { cwd: folder })
    return { commit: commit.slice(0, 7), chart: join(folder, CHART), folder }
  }
  throw new Error('no commit of this clone has the chart with its CRD: fetch the whole history')
}
