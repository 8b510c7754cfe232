/** Commands in what an object says, as they are typed where the object is: with kubectl, and nothing of Keyrota's. */
import type { ObjectName } from './objects.ts'

const RESUME = /\bkeyrota resume (?<key>\S+)(?: --confirm (?<what>'[^']*'|"[^"]*"|[^\s'";,]+))?/g
/** What has no annotation needs the plugin. */
const PLUGIN = /\bkeyrota (check|plan|supply|status|explain|whois|rotate|rollback|permissions)\b/g

/** The text with each command for this key as an annotation, and every other one as that of the plugin. */
export function adviseInCluster(text: string, { namespace, name }: ObjectName, key: string): string {
  const annotate = `kubectl annotate managedkey -n ${namespace} ${name} keyrota.dev/confirm=`
  return text
    .replace(RESUME, (command: string, named: string, what: string | undefined) =>
      named === key ? `${annotate}${what ?? ''}` : `kubectl ${command}`,
    )
    .replace(PLUGIN, 'kubectl keyrota $1')
}
