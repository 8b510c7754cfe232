import { execFileSync } from 'node:child_process'
import { mkdirSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import fc from 'fast-check'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { setFields } from '../../providers/stores/env-file/formats/edit.ts'
import { formats } from '../../providers/stores/env-file/formats/formats.ts'
import { makeFolder } from '../providers/stores/env-file/fixture.ts'
import { awkwardValues, randomValue } from '../providers/stores/env-file/readers.ts'
import { requireEnv } from '../shared/require-env.ts'

/*
 * Readers of env files that not every machine has: python-dotenv in the Python of KEYROTA_TEST_ENV_PYTHON, and godotenv
 * and the parser of docker compose, built by the Go of KEYROTA_TEST_ENV_GO.
 */

const READ_BY_GO = `package main

import (
	"encoding/json"
	"os"

	compose "github.com/compose-spec/compose-go/v2/dotenv"
	"github.com/joho/godotenv"
)

func main() {
	read := map[string]func(...string) (map[string]string, error){
		"godotenv": godotenv.Read,
		"compose":  compose.Read,
	}
	env, err := read[os.Args[1]](os.Args[2])
	if err != nil {
		panic(err)
	}
	json.NewEncoder(os.Stdout).Encode(env)
}
`
const GO_MODULES = ['github.com/joho/godotenv@v1.5.1', 'github.com/compose-spec/compose-go/v2@v2.16.2']

const READ_BY_PYTHON = `import json, sys
from dotenv import dotenv_values
print(json.dumps(dotenv_values(sys.argv[1])))`

const { folder, remove } = makeFolder()
afterAll(remove)

const values = [...awkwardValues, ...fc.sample(randomValue, { numRuns: 2000, seed: 11 })]
const carried = values.filter((value) => formats.dotenv.spell(value) !== undefined)
const written = new Map(carried.map((value, index) => [`V${index}`, value]))
const path = join(folder, 'all.env')
const goReader = join(folder, 'go', 'reader')

beforeAll(() => {
  writeFileSync(path, Buffer.from(setFields('FIRST=1\n', formats.dotenv, written), 'latin1'))
  const cwd = join(folder, 'go')
  mkdirSync(cwd)
  writeFileSync(join(cwd, 'main.go'), READ_BY_GO)
  const go = (...args: string[]) =>
    execFileSync(requireEnv('KEYROTA_TEST_ENV_GO'), args, { cwd, stdio: ['ignore', 'ignore', 'pipe'] })
  go('mod', 'init', 'reader')
  go('get', ...GO_MODULES)
  go('mod', 'tidy')
  go('build', '-o', goReader, '.')
}, 300_000)

function readBy(command: string, ...args: string[]): Record<string, string> {
  return JSON.parse(execFileSync(command, args, { encoding: 'utf8', maxBuffer: 16_000_000 }))
}

const readers: Record<string, () => Record<string, string>> = {
  'python-dotenv': () => readBy(requireEnv('KEYROTA_TEST_ENV_PYTHON'), '-c', READ_BY_PYTHON, path),
  godotenv: () => readBy(goReader, 'godotenv', path),
  'docker compose': () => readBy(goReader, 'compose', path),
}

for (const [name, read] of Object.entries(readers))
  test(`${name} reads what is written, and nothing else`, () => {
    const got = read()
    for (const [field, value] of written) expect(got[field], JSON.stringify(value)).toBe(value)
    expect(Object.keys(got)).toHaveLength(written.size + 1)
  })
