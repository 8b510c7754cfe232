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
function install() {
  stderr.write('Installing what package-lock.json names (once) …\n')
  const npm = ['ci', '--include=dev', '--no-audit', '--no-fund', '--loglevel=error']
  const done = spawnSync('npm', npm, { cwd: root, shell, encoding: 'utf8' })
  if (done.status === 0 && isInstalled()) return
  stderr.write(done.error ? `npm could not be started: ${done.error.message}\n` : done.stdout + done.stderr)
  stderr.write('node_modules does not hold what package-lock.json names.\n')
  exit(done.status || 1)
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

if (!isInstalled()) install()
const commandEnv = { ...env, PATH: join(root, 'node_modules', '.bin') + delimiter + env.PATH }
refuseOldNode(commandEnv)
if (argv.length > 2) run(argv.slice(2), commandEnv)
