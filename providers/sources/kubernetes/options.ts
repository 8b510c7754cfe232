import { z } from 'zod'
import { clusterOptions } from '../../shared/kubernetes/options.ts'

/** Those of the journal: the objects that people write are the ones it keeps its records in. */
export const options = z.object(clusterOptions('namespace of the objects of the config’s keys'))

export type Options = z.output<typeof options>

export const summary = 'Keys that teams declare as ManagedKey objects in their own namespaces'
