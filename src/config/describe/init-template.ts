/**
 * A config to begin with: right as it stands, with everything a first key needs and the rest in comments.
 * `installation` is 2 to 8 lower case letters and digits.
 */
export function initConfig(about: { installation: string }): string {
  return `# The keys that Keyrota looks after. \`keyrota check\` tells whether this file is right and whether everything
# in it can be reached; it changes nothing. \`keyrota schema\` prints a JSON Schema for editors.

# Stands in the mark of every key that is made, so that two Keyrotas on one account never touch each other's keys.
# Never change it.
installation: ${about.installation}

# Services that make and revoke keys.
issuers:
  video:
    type: ppt-video
    account: my-team # shown to the person who makes the key

# Where keys are kept.
stores:
  dotenv:
    type: env-file

# What uses the keys. A consumer that proves which key it runs with lets the old one be revoked unattended.
#consumers:
#  renderer:
#    type: http
#    url: https://renderer.example.com/health

# Who hears what happens.
notifiers:
  log:
    type: log

# What holds for every key that does not say otherwise.
defaults:
  every: 90d # age at which a key is replaced
  overlap: 24h # how long both keys live before the old one is revoked

# The managed keys, each with a name of lower case letters, digits and dashes.
keys:
  renderer-dev:
    environment: development
    service: renderer
    owner: my-team
    issuer: video
    targets:
      - store: dotenv
        secret: .env # from the folder of this file
        field: PPT_API_KEY
    # consumers: [renderer]
    # window: { cron: "0 2 * * 2-4", for: 3h, timeZone: Europe/Berlin } # when a rotation may start
`
}
