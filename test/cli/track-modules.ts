import { appendFileSync } from 'node:fs'
import { registerHooks } from 'node:module'

/*
 * Loaded before Keyrota (`--import`): writes the address of every module that is loaded, imported or required, as one
 * line into the file that MODULES_FILE names.
 */
const file = process.env.MODULES_FILE
if (file === undefined) throw new Error('MODULES_FILE names no file')
registerHooks({
  load(url, context, next) {
    appendFileSync(file, `${url}\n`)
    return next(url, context)
  },
})
