/** Asks on the terminal without showing what is typed; null when the person gives up. */
export async function askHidden(question: string): Promise<string | null> {
  const { isCancel, password } = await import('@clack/prompts')
  const said = await password({ message: `${question} (hidden)`, output: process.stderr })
  return isCancel(said) || !said ? null : said.trim()
}

export async function askYes(question: string): Promise<boolean> {
  const { confirm, isCancel } = await import('@clack/prompts')
  const said = await confirm({ message: question, output: process.stderr })
  return !isCancel(said) && said === true
}

/** Everything on stdin up to 64 KiB, without the newline at its end. */
export async function readStdin(): Promise<string> {
  const chunks: Buffer[] = []
  let size = 0
  for await (const chunk of process.stdin) {
    const bytes = Buffer.from(chunk)
    size += bytes.length
    if (size > 65_536) throw new RangeError('more than 64 KiB on stdin')
    chunks.push(bytes)
  }
  return Buffer.concat(chunks)
    .toString('utf8')
    .replace(/\r?\n$/, '')
}
