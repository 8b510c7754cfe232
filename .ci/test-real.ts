/**
 * Runs the suites that need a server: `npm run test:real -- [--without NAME …] [--only NAME …] [--long] [--list]`. A
 * suite is named after its server (`aws.test.ts`, `vault/token.test.ts`). A server without an address is started in a container if there is an
 * image and a container engine. A server that is still missing fails the run, unless `--without` names it; the suites
 * that are left out are printed. At the end, the table of the store law is printed.
 */
import { spawnSync } from 'node:child_process'
import { existsSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { parseArgs } from 'node:util'
import { containable, startContainers, whyNoEngine } from './containers.ts'
import { putLawTable, renderLawTable } from './law-table.ts'

const root = fileURLToPath(new URL('..', import.meta.url))

/** The variables that the environment must set for each server, without their prefix. */
const VARIABLES: Readonly<Record<string, readonly string[]>> = {
  aws: ['AWS_ENDPOINT', 'AWS_REGION', 'AWS_ACCESS_KEY_ID', 'AWS_SECRET_ACCESS_KEY'],
  azure: ['AZURE_VAULT_URL', 'AZURE_TOKEN', 'AZURE_ADMIN', 'AZURE_CA'],
  'env-readers': ['ENV_PYTHON', 'ENV_GO'],
  gcp: ['GCP_ENDPOINT', 'GCP_PROJECT', 'GCP_TOKEN', 'GCP_ADMIN', 'GCP_LENIENT_ENDPOINT'],
  jupyterhub: ['JUPYTERHUB_URL', 'JUPYTERHUB_TOKEN', 'JUPYTERHUB_USER'],
  keycloak: ['KEYCLOAK_URL', 'KEYCLOAK_ADMIN', 'KEYCLOAK_ADMIN_SECRET'],
  kubernetes: ['KUBECONFIG', 'KUBERNETES_SERVER', 'KUBECTL', 'KUBELET_IMAGES', 'KUBELET_LOGS'],
  'kubernetes-node': ['KUBECONFIG', 'KUBERNETES_SERVER', 'KUBECTL', 'NODE_IMAGE', 'NODE_LOOPBACK'],
  prometheus: ['PROMETHEUS', 'PROMTOOL'],
  promtool: ['PROMTOOL'],
  unleash: ['UNLEASH_URL', 'UNLEASH_TOKEN'],
  vault: ['VAULT_ADDR', 'VAULT_TOKEN', 'VAULT_UNSEAL_KEY'],
  'vault-program': ['VAULT_BINARY'],
}

/** Programs that come with a server, or with the machine. */
const COMES_WITH: Readonly<Record<string, string | null>> = {
  'env-readers': null,
  prometheus: null,
  promtool: null,
  'vault-program': 'vault',
}

/** Folders and suites that need other servers than the one they are named after; some bring processes of their own. */
const SEVERAL: Readonly<Record<string, readonly string[]>> = {
  approle: ['vault'],
  'call-budget': [],
  'five-targets': ['aws', 'azure', 'gcp', 'kubernetes', 'vault'],
  fleet: ['aws', 'vault'],
  'vault/kubernetes-auth': ['kubernetes', 'vault'],
  'vault/standby': ['vault', 'vault-program'],
}

/** Its cluster is reached by the variables of `kubernetes`, so that a run has one of the two. No store is held to the law there. */
const NODE = 'kubernetes-node'

/** Suites that wait for minutes, or load the machine for long: they run when they are asked for. */
function isLong(file: string): boolean {
  return file.includes('/long/')
}

/** Suites of the store law that need no server; the complete table includes them. */
const WITHOUT_SERVER = [
  'test/providers/stores/aws-secrets-manager/store.test.ts',
  'test/providers/stores/env-file/law.test.ts',
  'test/providers/stores/memory.test.ts',
]

interface Suite {
  file: string
  needs: readonly string[]
}

/** All suites with their servers. @throws Error for a suite that is not named after a server */
function findSuites(): Suite[] {
  const names = readdirSync(join(root, 'test', 'real'), { recursive: true, encoding: 'utf8' })
  const suites = names.filter((name) => name.endsWith('.test.ts')).map((name) => name.replaceAll('\\', '/'))
  return suites.sort().map((name) => {
    const stem = name.slice(0, -'.test.ts'.length)
    const [server = ''] = stem.split('/')
    const needs = SEVERAL[stem] ?? SEVERAL[server] ?? (server in VARIABLES ? [server] : undefined)
    if (needs === undefined) throw new Error(`test/real/${name} is not named after a server it needs`)
    return { file: `test/real/${name}`, needs }
  })
}

function serversOf(suites: readonly Suite[]): string[] {
  return [...new Set(suites.flatMap(({ needs }) => needs))].sort()
}

/** The variables of this server that are not set. */
function unsetOf(server: string): string[] {
  return (VARIABLES[server] ?? []).map((name) => `KEYROTA_TEST_${name}`).filter((name) => !process.env[name])
}

/**
 * Starts a container for each server that has an image and no address at all, and prints how each server is reached.
 * Returns lines about servers that are still missing, and a function that stops the containers.
 */
async function provide(servers: readonly string[]): Promise<{ missing: string[]; stop(): Promise<void> }> {
  const bare = containable(servers).filter((server) => unsetOf(server).length === VARIABLES[server]?.length)
  for (const server of servers.filter((one) => unsetOf(one).length === 0))
    console.log(`${server}: at the address in KEYROTA_TEST_${VARIABLES[server]?.[0]}`)
  const whyNot = bare.length > 0 ? await whyNoEngine() : null
  if (whyNot !== null) console.log(`no containers for ${bare.join(', ')}: ${whyNot}`)
  const containers = await startContainers(whyNot === null ? bare : [])
  Object.assign(process.env, containers.settings)
  for (const line of containers.lines) console.log(line)
  const missing = servers.flatMap((server) => {
    const unset = unsetOf(server)
    return unset.length > 0 ? [`${server}: ${unset.join(', ')} not set`] : []
  })
  return { missing, stop: containers.stop }
}

/** Runs vitest on these files and returns its exit code. `results` is the file for the results of the law. */
function runFiles(files: readonly string[], results: string): number {
  const vitest = join(root, 'node_modules', '.bin', 'vitest')
  const ca = process.env.KEYROTA_TEST_AZURE_CA
  const env = {
    ...process.env,
    ...(ca ? { NODE_EXTRA_CA_CERTS: ca } : {}),
    KEYROTA_LAW_RESULTS: results,
  }
  const args = ['run', '--config', 'test/real/vitest.config.ts', ...files]
  return spawnSync(vitest, args, { cwd: root, stdio: 'inherit', env }).status ?? 1
}

/** Runs the suites and prints the table of the law. A run with every store also updates it in the README. */
function runSuites(suites: readonly Suite[], hasLaw: boolean): number {
  const folder = mkdtempSync(join(tmpdir(), 'keyrota-law-'))
  const results = join(folder, 'results.json')
  try {
    const status = runFiles([...suites.map(({ file }) => file), ...(hasLaw ? WITHOUT_SERVER : [])], results)
    if (!existsSync(results)) return status
    const table = renderLawTable(JSON.parse(readFileSync(results, 'utf8')))
    console.log(`The law of stores:\n\n${table}\n`)
    const readme = join(root, 'providers', 'README.md')
    if (hasLaw) writeFileSync(readme, putLawTable(readFileSync(readme, 'utf8'), table))
    return status
  } finally {
    rmSync(folder, { recursive: true })
  }
}

async function main(): Promise<number> {
  const { values } = parseArgs({
    options: {
      without: { type: 'string', multiple: true, default: [] },
      only: { type: 'string', multiple: true, default: [] },
      list: { type: 'boolean' },
      long: { type: 'boolean', default: false },
    },
  })
  const without = new Set(values.without)
  const only = new Set(values.only)
  const unknown = [...without, ...only].filter((name) => !(name in VARIABLES))
  if (unknown.length > 0) {
    console.error(
      `unknown server: ${unknown.join(', ')}; expected one of ${Object.keys(VARIABLES).join(', ')}`,
    )
    return 2
  }
  const suites = findSuites()
  const asked = suites.filter(
    ({ file, needs }) =>
      !needs.some((server) => without.has(server)) &&
      (values.long || !isLong(file)) &&
      (only.size === 0 || needs.some((server) => only.has(server))),
  )
  if (values.list) {
    const started = serversOf(asked).map((name) => (name in COMES_WITH ? COMES_WITH[name] : name))
    console.log([...new Set(started.filter(Boolean))].join(' '))
    return 0
  }
  const { missing, stop } = await provide(serversOf(asked))
  try {
    if (missing.length > 0) {
      console.error(
        `${missing.join('\n')}\nStart these servers and set their addresses, or leave them out with --without.`,
      )
      return 1
    }
    for (const { file, needs } of suites.filter((suite) => !asked.includes(suite))) {
      if (isLong(file) && !values.long) {
        console.log(`not run: ${file} (takes minutes; run it with --long)`)
        continue
      }
      const left = needs.filter((server) => without.has(server) || (only.size > 0 && !only.has(server)))
      console.log(`not run: ${file} (without ${left.join(', ')})`)
    }
    const hasLaw = suites.every((suite) => asked.includes(suite) || suite.needs.includes(NODE))
    return asked.length > 0 ? runSuites(asked, hasLaw) : 0
  } finally {
    await stop()
  }
}

process.exitCode = await main()
