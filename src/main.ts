#!/usr/bin/env node
import { runProgram } from './cli/program.ts'
import { application } from './compose.ts'

await runProgram(application, process.argv)
