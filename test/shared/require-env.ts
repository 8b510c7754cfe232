/** A setting that a suite against outside servers cannot do without; it fails with its name instead of skipping. */
export function requireEnv(name: string): string {
  const value = process.env[name]
  if (value === undefined || value === '') throw new Error(`${name} is not set: start the test servers first`)
  return value
}
