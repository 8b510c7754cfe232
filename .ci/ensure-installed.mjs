// Runs a command of this checkout: `node .ci/ensure-installed.mjs <command> [argument …]`. Packages of the lock file
// that are missing in node_modules are installed first. node_modules/.bin comes first on the PATH of the command, so
// that it runs with the Node pinned there, not with the one that started npm. For that reason this is JavaScript.
import { spawn, spawnSync } from 'node:child_process'
import { existsSync, readFileSync } from 'node:fs'
import { constants } from 'node:os'
import { delimiter, join } from 'node:path'
import { argv, env, exit, platform, stderr, stdin } from 'node:process'
import { fileURLToPath } from 'node:url'
import { explainOldNode } from './node-version.mjs'

const root = fileURLToPath(new URL('..', import.meta.url))
const shell = platform === 'win32'

/** Reads a JSON file of the checkout. */
function readJson(path) {
  return JSON.parse(readFileSync(join(root, path), 'utf8'))
}

/**
 * Whether node_modules holds what the lock file names. npm writes its own list last, so an interrupted install counts as
 * missing. Contents are compared, since a checkout changes the times of files that did not change.
 */
function isInstalled() {
  const list = 'node_modules/.package-lock.json'
  if (!existsSync(join(root, list))) return false
  const installed = readJson(list).packages
  for (const [place, wanted] of Object.entries(readJson('package-lock.json').packages)) {
    if (place === '') continue
    const found = installed[place]
    if (found ? found.integrity !== wanted.integrity : !wanted.optional) return false
  }
  return true
}

/** Installs exactly the packages of the lock file. The output of npm is shown only if it fails. */
async function install() {
  stderr.write('Installing what package-lock.json names into node_modules (once) …\n')
  const stopProgress = showProgress()
  const npm = ['ci', '--include=dev', '--no-audit', '--no-fund', '--loglevel=error']
  const { status, output } = await runQuietly('npm', npm)
  stopProgress()
  if (status === 0 && isInstalled()) return
  stderr.write(output)
  stderr.write('node_modules does not hold what package-lock.json names.\n')
  exit(status || 1)
}

/** Says how long it takes: in place on a terminal, now and then in a log. Returns how to end that. */
function showProgress() {
  const startedAt = Date.now()
  const isLive = stderr.isTTY === true
  const timer = setInterval(
    () => {
      const line = `  ${Math.round((Date.now() - startedAt) / 1000)} s, usually less than a minute`
      stderr.write(isLive ? `\r\u001b[2K${line}` : `${line}\n`)
    },
    isLive ? 1000 : 15_000,
  )
  return () => {
    clearInterval(timer)
    if (isLive) stderr.write('\r\u001b[2K')
  }
}

/** Runs a command to its end and collects what it prints. */
function runQuietly(command, args) {
  return new Promise((resolve) => {
    let output = ''
    const collect = (text) => {
      output += text
    }
    const child = spawn(command, args, { cwd: root, shell, stdio: ['ignore', 'pipe', 'pipe'] })
    child.stdout.on('data', collect)
    child.stderr.on('data', collect)
    child.on('error', (error) =>
      resolve({ status: 1, output: `${command} could not be started: ${error.message}\n` }),
    )
    child.on('close', (status) => resolve({ status, output }))
  })
}

/** Exits with one line if the Node that would run the command is too old. */
function refuseOldNode(commandEnv) {
  const asked = spawnSync('node', ['-p', 'process.versions.node'], {
    shell,
    encoding: 'utf8',
    env: commandEnv,
  })
  const complaint = explainOldNode((asked.stdout ?? '').trim(), readJson('package.json').engines.node)
  if (!complaint) return
  stderr.write(`${complaint} The pinned one was not installed: does npm run with ignore-scripts?\n`)
  exit(1)
}

/** Runs the command with this process's input and output, and exits with its exit code. */
function run([command, ...args], commandEnv) {
  const child = spawn(command, args, { shell, stdio: 'inherit', env: commandEnv })
  for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP']) {
    process.on(signal, () => {
      // A terminal sends Ctrl-C to the child too; a second one would mean "at once".
      if (signal !== 'SIGINT' || !stdin.isTTY) child.kill(signal)
    })
  }
  child.on('error', (error) => {
    stderr.write(`${command}: ${error.message}\n`)
    exit(1)
  })
  child.on('close', (code, signal) => exit(code ?? 128 + constants.signals[signal]))
}

if (!isInstalled()) await install()
const commandEnv = { ...env, PATH: join(root, 'node_modules', '.bin') + delimiter + env.PATH }
refuseOldNode(commandEnv)
if (argv.length > 2) run(argv.slice(2), commandEnv)
