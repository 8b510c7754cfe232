/**
 * A config to start with: valid as written, with everything a first key needs and the rest in comments.
 * `installation` is 2 to 8 lower case letters and digits.
 */
export function initConfig(about: { installation: string }): string {
  return `# The keys that Keyrota manages. \`keyrota check\` reports whether this file is valid and everything in it can be
# reached; it changes nothing. \`keyrota schema\` prints a JSON Schema for editors.

# Part of the mark of every key that this installation creates, so that two installations on one account never touch
# each other's keys. Never change it.
installation: ${about.installation}

# Services that create and revoke keys.
issuers:
  video:
    type: ppt-video
    account: my-team # shown to the person who creates the key

# Where keys are kept.
stores:
  dotenv:
    type: env-file

# Workloads that use the keys. If a consumer reports which key it uses, the old key can be revoked unattended.
#consumers:
#  renderer:
#    type: http
#    url: https://renderer.example.com/health

# Who is notified of events.
notifiers:
  log:
    type: log

# The policy of every key that does not set its own.
defaults:
  every: 90d # age at which a key is rotated
  overlap: 24h # how long both keys are valid before the old one is revoked

# The managed keys, each with a name of lower case letters, digits and dashes.
keys:
  renderer-dev:
    environment: development
    service: renderer
    owner: my-team
    issuer: video
    targets:
      - store: dotenv
        secret: .env # relative to this file
        field: PPT_API_KEY
    # consumers: [renderer]
    # window: { cron: "0 2 * * 2-4", for: 3h, timeZone: Europe/Berlin } # when a rotation may start
`
}
