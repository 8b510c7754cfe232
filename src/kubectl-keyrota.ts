#!/usr/bin/env node
import { runStandalone } from './cli/program.ts'
import { reach } from './compose/kubectl.ts'
import { makeKubectl } from './kubectl/run-kubectl.ts'

await runStandalone(makeKubectl(reach), process.argv)
