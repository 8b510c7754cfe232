/**
 * Runs the suites that need a server: `npm run test:real -- [--without NAME …] [--list]`. A suite is named after its
 * server (`aws.test.ts`, `vault/token.test.ts`). A server without an address is started in a container where an
 * engine runs and there is an image; one that is still missing fails the run, unless it is named in `--without`; then
 * what was not run is printed. At the end stands the table of the law of stores.
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

/** What the environment has to say of each server. */
const VARIABLES: Readonly<Record<string, readonly string[]>> = {
  aws: ['AWS_ENDPOINT', 'AWS_REGION', 'AWS_ACCESS_KEY_ID', 'AWS_SECRET_ACCESS_KEY'],
  azure: ['AZURE_VAULT_URL', 'AZURE_TOKEN', 'AZURE_ADMIN', 'AZURE_CA'],
  gcp: ['GCP_ENDPOINT', 'GCP_PROJECT', 'GCP_TOKEN', 'GCP_ADMIN', 'GCP_LENIENT_ENDPOINT'],
  jupyterhub: ['JUPYTERHUB_URL', 'JUPYTERHUB_TOKEN', 'JUPYTERHUB_USER'],
  keycloak: ['KEYCLOAK_URL', 'KEYCLOAK_ADMIN', 'KEYCLOAK_ADMIN_SECRET'],
  kubernetes: ['KUBECONFIG', 'KUBERNETES_SERVER', 'KUBECTL', 'KUBELET_IMAGES', 'KUBELET_LOGS'],
  unleash: ['UNLEASH_URL', 'UNLEASH_TOKEN'],
  vault: ['VAULT_ADDR', 'VAULT_TOKEN', 'VAULT_UNSEAL_KEY'],
  'vault-program': ['VAULT_BINARY'],
}

/** Whoever starts the server has this too. */
const COMES_WITH: Readonly<Record<string, string>> = { 'vault-program': 'vault' }

/** Folders and suites that need other servers than the one they are named after. */
const SEVERAL: Readonly<Record<string, readonly string[]>> = {
  approle: ['vault'],
  'five-targets': ['aws', 'azure', 'gcp', 'kubernetes', 'vault'],
  'vault/kubernetes-auth': ['kubernetes', 'vault'],
  'vault/standby': ['vault', 'vault-program'],
}

/** Suites that hold a store to the law without a server outside: they belong to the whole table. */
const WITHOUT_SERVER = [
  'test/providers/stores/aws-secrets-manager/store.test.ts',
  'test/providers/stores/env-file/law.test.ts',
  'test/providers/stores/memory.test.ts',
]

interface Suite {
  file: string
  needs: readonly string[]
}

/** The suites that exist, with their servers. @throws Error for a suite that is not named after a server. */
function findSuites(): Suite[] {
  const names = readdirSync(join(root, 'test', 'real'), { recursive: true, encoding: 'utf8' })
  const suites = names.filter((name) => name.endsWith('.test.ts')).map((name) => name.replaceAll('\\', '/'))
  return suites.sort().map((name) => {
    const stem = name.slice(0, -'.test.ts'.length)
    const [server = ''] = stem.split('/')
    const needs = SEVERAL[stem] ?? SEVERAL[server] ?? (server in VARIABLES ? [server] : [])
    if (needs.length === 0) throw new Error(`test/real/${name} is not named after a server it needs`)
    return { file: `test/real/${name}`, needs }
  })
}

function serversOf(suites: readonly Suite[]): string[] {
  return [...new Set(suites.flatMap(({ needs }) => needs))].sort()
}

/** What the environment would have to say of this server and does not. */
function unsetOf(server: string): string[] {
  return (VARIABLES[server] ?? []).map((name) => `KEYROTA_TEST_${name}`).filter((name) => !process.env[name])
}

/**
 * Starts in containers what can be and has no address at all, and says for each server which way it is reached.
 * Answers lines about what is missing all the same, and what ends the containers.
 */
async function provide(servers: readonly string[]): Promise<{ missing: string[]; stop(): Promise<void> }> {
  const bare = containable(servers).filter((server) => unsetOf(server).length === VARIABLES[server]?.length)
  for (const server of servers.filter((one) => unsetOf(one).length === 0))
    console.log(`${server}: at the address in KEYROTA_TEST_${VARIABLES[server]?.[0]}`)
  const whyNot = bare.length > 0 ? await whyNoEngine() : null
  if (whyNot !== null) console.log(`no containers for ${bare.join(', ')}: ${whyNot}`)
  const containers = await startContainers(whyNot === null ? bare : [])
  Object.assign(process.env, containers.settings)
  for (const line of containers.said) console.log(line)
  const missing = servers.flatMap((server) => {
    const unset = unsetOf(server)
    return unset.length > 0 ? [`${server}: ${unset.join(', ')} not set`] : []
  })
  return { missing, stop: containers.stop }
}

/** Runs vitest on these files; its exit code. `results`: the file to which what came of the law is written. */
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

/** Runs the suites and prints the law's table; a run that leaves nothing out writes it into the README too. */
function runSuites(suites: readonly Suite[], isWhole: boolean): number {
  const folder = mkdtempSync(join(tmpdir(), 'keyrota-law-'))
  const results = join(folder, 'results.json')
  try {
    const status = runFiles([...suites.map(({ file }) => file), ...(isWhole ? WITHOUT_SERVER : [])], results)
    if (!existsSync(results)) return status
    const table = renderLawTable(JSON.parse(readFileSync(results, 'utf8')))
    console.log(`The law of stores:\n\n${table}\n`)
    const readme = join(root, 'providers', 'README.md')
    if (isWhole) writeFileSync(readme, putLawTable(readFileSync(readme, 'utf8'), table))
    return status
  } finally {
    rmSync(folder, { recursive: true })
  }
}

async function main(): Promise<number> {
  const { values } = parseArgs({
    options: { without: { type: 'string', multiple: true, default: [] }, list: { type: 'boolean' } },
  })
  const without = new Set(values.without)
  const unknown = [...without].filter((name) => !(name in VARIABLES))
  if (unknown.length > 0) {
    console.error(`no such server: ${unknown.join(', ')}; there are ${Object.keys(VARIABLES).join(', ')}`)
    return 2
  }
  const suites = findSuites()
  const asked = suites.filter(({ needs }) => !needs.some((server) => without.has(server)))
  if (values.list) {
    console.log([...new Set(serversOf(asked).map((name) => COMES_WITH[name] ?? name))].join(' '))
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
      console.log(`not run: ${file} (without ${needs.filter((server) => without.has(server)).join(', ')})`)
    }
    return asked.length > 0 ? runSuites(asked, asked.length === suites.length) : 0
  } finally {
    await stop()
  }
}

process.exitCode = await main()
