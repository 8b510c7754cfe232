import { docker } from './docker.ts'
import { dotenv } from './dotenv.ts'
import type { Format } from './format.ts'
import { systemd } from './systemd.ts'

/** The readers that env files are written for, by the name the options give them. */
export const formats: Readonly<Record<'dotenv' | 'docker' | 'systemd', Format>> = { dotenv, docker, systemd }
