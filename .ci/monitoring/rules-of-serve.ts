/** What `keyrota serve` tells of itself and of those it calls, on `/metrics`. */
import { type Group, growth, label } from './rule.ts'

const PROVIDER = 'cluster, namespace, provider'
const NOTIFIER = 'cluster, namespace, notifier'
const ISSUER = 'cluster, namespace, issuer'
const JOB = 'cluster, namespace, job'

/** Neither of these says that something fails: a secret may be absent, and somebody else may have written first. */
const FAILED = 'code=~"denied|throttled|unavailable|invalid|quota|timeout|unexpected"'
const JOURNAL_FAILED = 'code!~"ok|held|lost-claim"'
const PERCENT = '{{ $value | humanizePercentage }}'

/** The part of a counter that has these labels, of more than `least` in a quarter of an hour. */
function share(of: {
  counter: string
  part: string
  whole?: string
  by: string
  limit: number
  least: number
}): string {
  const { counter, part, whole = '', by, limit, least } = of
  const sum = (selector: string) => `sum by (${by}) (${growth(`${counter}{${selector}}`, '15m')})`
  const all = [whole, part].filter(Boolean).join(',')
  return `${sum(all)} / ${sum(whole)} > ${limit}\nand ${sum(whole)} >= ${least}`
}

const providers: Group['alerts'] = [
  {
    name: 'KeyrotaProviderFailing',
    meaning:
      'More than half of the calls to an issuer, a store or a consumer have failed for 15 minutes. Rotations that need it wait; nothing is revoked on a failed call.',
    steps: [
      'The code says what fails: `denied` a right is missing, `throttled` and `quota` a limit of the service, `unavailable` and `timeout` the service or the network, `invalid` the config.',
      'Check rights and reach of everything the config names: `keyrota check`.',
      'See which keys wait for it: `keyrota status`.',
    ],
    triggers: [
      {
        severity: 'warning',
        expr: share({
          counter: 'provider_request_duration_seconds_count',
          part: FAILED,
          by: PROVIDER,
          limit: 0.5,
          least: 5,
        }),
        for: '15m',
        summary: `Most calls to ${label('provider')} fail`,
        description: `${PERCENT} of the calls to ${label('provider')} have failed for 15 minutes. What fails: \`keyrota check\`. Which keys wait: \`keyrota status\`.`,
      },
    ],
  },
  {
    name: 'KeyrotaNotifierFailing',
    meaning:
      'Messages to people through this notifier have not been delivered for 15 minutes. They wait, for a day at most; rotations go on.',
    steps: [
      'See why, and how many messages wait: `keyrota status`.',
      'Correct it, then try it: `keyrota notify test NOTIFIER`.',
    ],
    triggers: [
      {
        severity: 'warning',
        expr: `min by (${NOTIFIER}) (keyrota_notifier_failing) == 1`,
        for: '15m',
        summary: `Messages through ${label('notifier')} are not delivered`,
        description: `Messages through ${label('notifier')} wait, for a day at most. Why: \`keyrota status\`. Try it: \`keyrota notify test ${label('notifier')}\`.`,
      },
    ],
  },
  {
    name: 'KeyrotaProbeUnsound',
    meaning:
      'An issuer accepted a garbage key, so its answers say nothing about any key. Keyrota decides nothing by them: its rotations wait or stand blocked.',
    steps: [
      'See what the probe calls, and what it takes for accepted: `keyrota check`, and the issuer in the config.',
      'Often a proxy or a login page answers 200 to everything. Call the address by hand with a made-up key.',
    ],
    triggers: [
      {
        severity: 'critical',
        expr: `sum by (${ISSUER}) (${growth('probe_verdicts_total{subject="garbage",verdict="accepted"}', '15m')}) > 0`,
        for: '1m',
        summary: `Issuer ${label('issuer')} accepts a garbage key`,
        description: `A key that cannot exist was accepted by ${label('issuer')} within 15 minutes: no verdict of its probe counts. See what it calls: \`keyrota check\`.`,
      },
    ],
  },
  {
    name: 'KeyrotaProbesUnanswered',
    meaning:
      'More than half of the probes of keys came to no verdict. Unknown is never taken for rejected: nothing is revoked and nothing rolled back, so rotations wait.',
    steps: [
      'Check the issuer: `keyrota check`.',
      'If it throttles, raise `retryMin` or lower `limits.atOnce`.',
    ],
    triggers: [
      {
        severity: 'warning',
        expr: share({
          counter: 'probe_verdicts_total',
          part: 'verdict="unknown"',
          by: ISSUER,
          limit: 0.5,
          least: 5,
        }),
        for: '15m',
        summary: `Most probes at ${label('issuer')} come to no verdict`,
        description: `${PERCENT} of the probes at ${label('issuer')} have come to no verdict for 15 minutes; its rotations wait. Why: \`keyrota check\`.`,
      },
    ],
  },
  {
    name: 'KeyrotaKeysRejected',
    meaning:
      'An issuer rejects most keys that are probed. A rotation itself probes a dead key only beside one that works, so half are accepted; here keys that should work are refused.',
    steps: [
      'See which: `keyrota status`, then `keyrota explain KEY`.',
      'If the issuer ended keys by itself, report them as leaked, so that nothing waits for the old ones: `keyrota rotate KEY --compromised`.',
      'If the account is locked or unpaid, every key is refused: ask the issuer.',
    ],
    triggers: [
      {
        severity: 'critical',
        expr: share({
          counter: 'probe_verdicts_total',
          whole: 'subject="key"',
          part: 'verdict="rejected"',
          by: ISSUER,
          limit: 0.75,
          least: 8,
        }),
        for: '10m',
        summary: `Issuer ${label('issuer')} rejects most keys`,
        description: `${PERCENT} of the probes of keys at ${label('issuer')} were rejected for 10 minutes. Which keys: \`keyrota status\`. Evidence: \`keyrota explain KEY\`.`,
      },
    ],
  },
]

const process: Group['alerts'] = [
  {
    name: 'KeyrotaJournalFailing',
    meaning:
      'More than half of the calls to the journal have failed for 15 minutes. Nothing is done without a commit: rotations stand still, and nothing is lost.',
    steps: [
      'Ask a replica why: `curl http://127.0.0.1:9464/readyz` (in a cluster after `kubectl port-forward -n KEYROTA-NAMESPACE deployment/keyrota 9464`).',
      'Look after the journal: the API server, or the disk of the state folder.',
    ],
    triggers: [
      {
        severity: 'critical',
        expr: share({
          counter: 'journal_requests_total',
          part: JOURNAL_FAILED,
          by: 'cluster, namespace',
          limit: 0.5,
          least: 5,
        }),
        for: '5m',
        summary: 'Most calls to the journal of Keyrota fail',
        description: `${PERCENT} of the calls to the journal have failed for 15 minutes; no rotation goes on. Why: \`curl http://127.0.0.1:9464/readyz\`.`,
      },
    ],
  },
  {
    name: 'KeyrotaJournalSlow',
    meaning:
      'One commit in a hundred takes longer than 2 seconds. Leases are short: much slower, and claims are lost in the middle of a rotation, which is safe and costs time.',
    steps: [
      'Look at the latency of the journal itself: API server and etcd, or the disk.',
      'Too many rotations at once make it slow: see `limits.atOnce`.',
    ],
    triggers: [
      {
        severity: 'warning',
        expr: 'histogram_quantile(0.99, sum by (cluster, namespace, le) (rate(keyrota_journal_commit_duration_seconds_bucket[15m]))) > 2',
        for: '15m',
        summary: 'Commits to the journal of Keyrota are slow',
        description:
          'One commit in a hundred takes {{ $value | humanizeDuration }} or more. How slow: `curl http://127.0.0.1:9464/metrics | grep keyrota_journal`. Then look at the journal itself: API server and etcd, or the disk.',
      },
    ],
  },
  {
    name: 'KeyrotaConfigRefused',
    meaning:
      'The config was changed, and what it says now is refused. The one before stays in force, so changes have no effect. The process would not start again with the new one.',
    steps: [
      'See every problem with its place: `keyrota check --config FILE`, in a cluster `helm test RELEASE -n KEYROTA-NAMESPACE --logs`.',
      'Correct the config. It is taken without a restart.',
    ],
    triggers: [
      {
        severity: 'warning',
        expr: `min by (${JOB}) (keyrota_config_reload_success) == 0`,
        for: '5m',
        summary: 'Keyrota refuses its changed config',
        description:
          'The config was changed and is refused; the one before stays in force. Every problem with its place: `keyrota check --config FILE`, in a cluster `helm test RELEASE -n KEYROTA-NAMESPACE --logs`.',
      },
    ],
  },
  {
    name: 'KeyrotaNotReady',
    meaning: 'No replica of `keyrota serve` can do its work, and not for a refused config.',
    steps: [
      'Ask one why: `curl http://127.0.0.1:9464/readyz` (in a cluster after `kubectl port-forward -n KEYROTA-NAMESPACE deployment/keyrota 9464`).',
      'A loop that does not turn ends by a restart; `/healthz` tells the kubelet. Keep its log.',
    ],
    triggers: [
      {
        severity: 'critical',
        expr: `max by (${JOB}) (keyrota_ready) == 0\nunless on (${JOB}) (keyrota_config_reload_success == 0)`,
        for: '10m',
        summary: 'No replica of keyrota serve is ready',
        description:
          'No replica of keyrota serve has been able to do its work for 10 minutes. Why: `curl http://127.0.0.1:9464/readyz`.',
      },
    ],
  },
  {
    name: 'KeyrotaInternalError',
    meaning:
      'The work on a key ended in an error that Keyrota does not expect: a defect. The other keys went on.',
    steps: [
      'Find the error in the log; it names the key. Its rotation is taken up again by itself.',
      'Report it with that line; it holds no key value.',
    ],
    triggers: [
      {
        severity: 'warning',
        expr: `sum by (cluster, namespace) (${growth('key_errors_total{kind="internal"}', '1h')}) > 0`,
        for: '1m',
        summary: 'Keyrota ran into a defect',
        description:
          'The work on a key ended in an unexpected error within an hour. Which key and why stands in the log: `kubectl logs -n {{ $labels.namespace }} -l app.kubernetes.io/name=keyrota --tail=-1`. How the keys are: `keyrota status`.',
      },
    ],
  },
]

export const serveRules: Group = {
  name: 'keyrota-serve',
  source: 'serve',
  about: 'From `/metrics` of `keyrota serve`: what no object tells.',
  alerts: [...providers, ...process],
}
