import { placeOf, type SourceFile } from './source-files.ts'

/** A value that says nothing of the failure that led to it. */
const DEFAULT = String.raw`(?:null|undefined|void 0|true|false|-?\d+|(['"${'`'}])_*\1|\[\]|\{\}|\(\{\}\)|new (?:Map|Set)\(\))`
const RETURNS_DEFAULT = new RegExp(String.raw`\breturn\b[ \t]*${DEFAULT}?\s*(?:;|\n|\}|$)`)
const SHORT_CATCH = new RegExp(
  String.raw`\.catch\(\s*(?:async\s*)?\(?\s*\w*\s*\)?\s*=>\s*(?:${DEFAULT}|\{\s*\})\s*\)`,
  'g',
)
const CATCH = /\bcatch\s*(?:\(\s*(?<error>\w+)[^)]*\)\s*)?\{/g

/** All that a `try` may do whose failure has one meaning only: the text in hand does not parse. */
const ONLY_PARSES = /^\s*(?:return|[\w.]+ =|const \w+ =)?\s*(?:JSON\.parse|new URL|new RegExp)\([^\n]*$/

/** Where the block that opens here ends. */
function findEnd(code: string, open: number): number {
  let depth = 0
  for (let at = open; at < code.length; at += 1) {
    if (code[at] === '{') depth += 1
    if (code[at] === '}') depth -= 1
    if (depth === 0) return at
  }
  return code.length
}

/**
 * Catch blocks that never look at the error and go on as if there had been an answer. One that parses text in hand
 * may say that it does not parse; one that does nothing at all has to say why.
 */
function findBlocks({ code, text }: SourceFile): number[] {
  const found: number[] = []
  for (const match of code.matchAll(CATCH)) {
    const open = match.index + match[0].length - 1
    const end = findEnd(code, open)
    const block = code.slice(open + 1, end)
    const error = match.groups?.error
    if (error !== undefined && new RegExp(String.raw`\b${error}\b`).test(block)) continue
    const isSilent = block.trim() === '' && !/\/[/*]/.test(text.slice(open, end))
    const isDefault = RETURNS_DEFAULT.test(block) && !ONLY_PARSES.test(readTry(code, match.index).trimEnd())
    if (isSilent || isDefault) found.push(match.index)
  }
  return found
}

/** The block of the `try` that ends right before this `catch`. */
function readTry(code: string, at: number): string {
  let depth = 0
  for (let open = at; open >= 0; open -= 1) {
    if (code[open] === '}') depth += 1
    if (code[open] === '{') depth -= 1
    if (depth === 0 && code[open] === '{') return code.slice(open + 1, code.lastIndexOf('}', at))
  }
  return ''
}

/** Promises whose failure becomes a default, unless the result is dropped and the line above says why. */
function findShortened({ code, text }: SourceFile): number[] {
  const found: number[] = []
  for (const { index } of code.matchAll(SHORT_CATCH)) {
    const before = text.slice(0, index).split('\n')
    const isDropped = /^\s*(?:await|void)\s/.test(before.at(-1) ?? '')
    const isExplained = /^\s*\/\/|\*\/\s*$/.test(before.at(-2) ?? '')
    if (!isDropped || !isExplained) found.push(index)
  }
  return found
}

/** Errors that are caught and answered with a default. */
export function findSwallowedErrors(file: SourceFile): string[] {
  const places = [...findBlocks(file), ...findShortened(file)].sort((a, b) => a - b)
  return places.map((index) => `${placeOf(file, index)} passes over an error`)
}
