import { z } from 'zod'
import { configPath } from '../../../src/contracts/config-path.ts'
import { durationOption } from '../options/duration.ts'
import { namespaceName } from './names.ts'

/** The options of every provider that talks to an API server; `what` the namespace is for. */
export function clusterOptions(what: string) {
  return {
    kubeconfig: configPath(
      'path of a kubeconfig; without it Keyrota uses the service account of its own pod',
    ).optional(),
    context: z.string().min(1).optional().describe('context of the kubeconfig; by default its current one'),
    namespace: namespaceName
      .optional()
      .describe(`${what}; by default that of the kubeconfig's context or of the own pod, else \`default\``),
    pluginLimit: durationOption('20s').describe(
      'how long the program that a kubeconfig gets credentials from may take',
    ),
  }
}

/** Where the cluster is and how to sign in; `namespace` is that of objects that name none. */
export interface ClusterOptions {
  readonly kubeconfig?: string | undefined
  readonly context?: string | undefined
  readonly namespace?: string | undefined
  readonly pluginLimit: string
}

/** Which cluster these options are about: rules of two clusters are never one Role. */
export function clusterOf({ kubeconfig, context }: Pick<ClusterOptions, 'kubeconfig' | 'context'>): string {
  return kubeconfig === undefined && context === undefined
    ? ''
    : `${kubeconfig ?? 'pod'} ${context ?? ''}`.trim()
}
