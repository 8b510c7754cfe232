// Starts a published program. An old Node must understand this file too, so the program is imported only after the version
// has been checked.
import module from 'node:module'
import { join } from 'node:path'
import { engines } from '../package.json'
import { explainOldNode } from './node-version.mjs'

/**
 * Where compiled code is kept between runs: a folder of the user's own. Node's default lies in the folder for
 * temporary files, where another user of the machine could put code for us to run.
 */
function findCacheFolder() {
  const { XDG_CACHE_HOME, HOME, LOCALAPPDATA } = process.env
  const base = XDG_CACHE_HOME || LOCALAPPDATA || (HOME && join(HOME, '.cache'))
  return base ? join(base, 'keyrota', 'code') : undefined
}

export function start(load) {
  const complaint = explainOldNode(process.versions.node, engines.node)
  if (complaint) {
    process.stderr.write(`${complaint}\n`)
    process.exitCode = 1
    return
  }
  const folder = findCacheFolder()
  if (folder) module.enableCompileCache(folder)
  load()
}
