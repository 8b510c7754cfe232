/** A line of the log for a person: time, level, what it is about, and the other fields behind the message. */

const LEADING = ['time', 'level', 'msg', 'key', 'dropped']

export function renderPretty(line: string): string {
  const fields: Record<string, unknown> = Object(JSON.parse(line))
  const { time, level, msg, key } = fields
  const rest = Object.entries(fields)
    .filter(([name]) => !LEADING.includes(name))
    .map(([name, value]) => `${name}=${typeof value === 'string' ? value : JSON.stringify(value)}`)
  const about = typeof key === 'string' ? [key] : []
  const head = [String(time).slice(11, 23), String(level).toUpperCase().padEnd(5), ...about].join(' ')
  return `${head}: ${String(msg)}${rest.length > 0 ? `  ${rest.join(' ')}` : ''}\n`
}
