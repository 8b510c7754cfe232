/*
 * Runs before every test file: takes out of the environment what the shell of a developer or of a build may have set
 * for Keyrota, for the clients of the stores, or for the network. A test sets what it needs; what it does not set is
 * not there.
 */
const FOREIGN =
  /^(?:KEYROTA_|AWS_|AZURE_|GOOGLE_|CLOUDSDK_|GCLOUD_|GCE_|VAULT_|BAO_|KUBE|XDG_)|^(?:https?|all|no|ftp)_proxy$|^NODE_USE_ENV_PROXY$/i

/** Chosen for the tests themselves. */
const KEPT = /^KEYROTA_(?:SEED$|TEST_)/

for (const name of Object.keys(process.env)) {
  if (FOREIGN.test(name) && !KEPT.test(name)) delete process.env[name]
}
