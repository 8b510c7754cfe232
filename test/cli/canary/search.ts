/** A value that must not be found, under a name that may be shown. */
export interface Secret {
  name: string
  value: string
}

/** A text that was written, shown or left behind. */
export interface Sink {
  name: string
  bytes: Buffer
}

/** Which value was found where, in which form; never the value itself. */
export interface Leak {
  sink: string
  secret: string
  form: string
}

/** Finds every occurrence of one of the values, in any encoding. */
export function findLeaks(sinks: readonly Sink[], secrets: readonly Secret[]): Leak[] {
  const leaks: Leak[] = []
  for (const { name: secret, value } of secrets) {
    const forms = Object.entries(formsOf(value))
    for (const { name: sink, bytes } of sinks) {
      for (const [form, text] of forms) if (bytes.includes(text)) leaks.push({ sink, secret, form })
    }
  }
  return leaks
}

/** The forms in which programs embed a text: plain, encoded, escaped. */
export function formsOf(value: string): Record<string, string> {
  const forms: Record<string, string> = { raw: value }
  for (const shift of [0, 1, 2]) {
    const inside = encodeInside(value, shift)
    forms[`base64, shifted by ${shift}`] = inside
    forms[`base64url, shifted by ${shift}`] = inside.replaceAll('+', '-').replaceAll('/', '_')
  }
  const hex = Buffer.from(value).toString('hex')
  forms.hex = hex
  forms['upper case hex'] = hex.toUpperCase()
  forms.url = encodeURIComponent(value)
  forms['form field'] = new URLSearchParams({ v: value }).toString().slice(2)
  forms.json = JSON.stringify(value).slice(1, -1)
  forms['json in json'] = JSON.stringify(forms.json).slice(1, -1)
  return forms
}

/** The digits of base64 that depend on the value alone, with `shift` bytes modulo 3 before it. */
function encodeInside(value: string, shift: number): string {
  const bytes = Buffer.concat([Buffer.alloc(shift), Buffer.from(value)])
  const first = Math.ceil((shift * 8) / 6)
  const last = Math.floor((bytes.length * 8) / 6)
  return bytes.toString('base64').slice(first, last)
}
