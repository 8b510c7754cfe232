// The first file of the published program `kubectl-keyrota`.
import { start } from './start.mjs'

start(() => import('./kubectl.js'))
