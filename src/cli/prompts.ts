/* Input from a person: hidden prompts, questions, stdin. */

/** Asks on the terminal without echoing the input. Null if the person cancels or enters nothing. */
export async function askHidden(question: string): Promise<string | null> {
  const { isCancel, password } = await import('@clack/prompts')
  const input = await password({ message: `${question} (hidden)`, output: process.stderr })
  return isCancel(input) || !input ? null : input.trim()
}

/** Asks for a line. Null if the person cancels or enters nothing. */
export async function askText(question: string): Promise<string | null> {
  const { isCancel, text } = await import('@clack/prompts')
  const input = await text({ message: question, output: process.stderr })
  return isCancel(input) || !input ? null : input.trim()
}

/** Asks a yes/no question; cancelling counts as no. */
export async function askYes(question: string): Promise<boolean> {
  const { confirm, isCancel } = await import('@clack/prompts')
  const input = await confirm({ message: question, output: process.stderr })
  return !isCancel(input) && input === true
}

/**
 * Reads stdin to its end, without the final newline.
 * @throws RangeError for more than 64 KiB.
 */
export async function readStdin(): Promise<string> {
  return (await readStdinBytes()).toString('utf8').replace(/\r?\n$/, '')
}

/**
 * Reads stdin to its end.
 * @throws RangeError for more than 64 KiB.
 */
export async function readStdinBytes(): Promise<Buffer> {
  const chunks: Buffer[] = []
  let size = 0
  for await (const chunk of process.stdin) {
    const bytes = Buffer.from(chunk)
    size += bytes.length
    if (size > 65_536) throw new RangeError('more than 64 KiB on stdin')
    chunks.push(bytes)
  }
  return Buffer.concat(chunks)
}
