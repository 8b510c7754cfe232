/* Options of consumer `compose`. */

import { z } from 'zod'
import { configPath } from '../../../src/contracts/config-path.ts'
import { duration } from '../../shared/options/duration.ts'
import { programPath, words } from '../../shared/options/program.ts'

const name = z
  .string()
  .max(100)
  .regex(/^[a-zA-Z0-9][a-zA-Z0-9._-]*$/, 'expected the name of a service')

export const options = z.strictObject({
  files: z
    .array(configPath('path of a compose file'))
    .min(1)
    .max(10)
    .describe('paths of the compose files, in the order that `docker compose --file` would get them'),
  service: name.describe('the service in them that uses the key'),
  project: z
    .string()
    .max(100)
    .regex(/^[a-z0-9][a-z0-9_-]*$/, 'expected the name of a project: lower case letters, digits, `_` and `-`')
    .optional()
    .describe('name of the project; by default the one that the compose files or their folder give'),
  envFiles: z
    .array(configPath('path of an env file'))
    .max(10)
    .default([])
    .describe('env files for the variables in the compose files, instead of the `.env` beside them'),
  fingerprint: words
    .optional()
    .describe('program and arguments that run in each container and print the fingerprint of the key there'),
  socket: z
    .string()
    .startsWith('/', 'expected an absolute path')
    .default('/var/run/docker.sock')
    .describe('path of the socket of the Docker engine on this machine'),
  docker: programPath('/usr/bin/docker', 'path of docker, which has the plugin compose'),
  limit: duration
    .default('2m')
    .describe('time limit for one run of a program; recreating waits until the old container has stopped'),
})

export type Options = z.output<typeof options>

export const summary = 'A service of Docker Compose on this machine'
