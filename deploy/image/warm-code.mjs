#!/nodejs/bin/node
/*
 * Loads every part of the program once, so that Node keeps the compiled code in the folder that NODE_COMPILE_CACHE names.
 * Runs while the image is built, with the Node and the user of the finished image: Node keeps code for one version, one
 * processor and one user.
 */

import { readdirSync } from 'node:fs'
import { flushCompileCache } from 'node:module'
import { join } from 'node:path'
import { pathToFileURL } from 'node:url'

const [folder = '/opt/keyrota'] = process.argv.slice(2)
const load = (file) => import(pathToFileURL(join(folder, file)).href)

for (const chunk of readdirSync(join(folder, 'chunks'))) {
  if (chunk.endsWith('.js')) await load(join('chunks', chunk))
}
flushCompileCache()
// The program itself, with a command that needs nothing.
process.argv = [process.argv[0], join(folder, 'keyrota.js'), 'version']
await load('keyrota.js')
