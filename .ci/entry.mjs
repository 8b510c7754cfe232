// The first file of the published program `keyrota`.
import { start } from './start.mjs'

start(() => import('./main.js'))
