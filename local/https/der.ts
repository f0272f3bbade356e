/** DER (X.690), the few forms that certificates of our own making need. */

export const element = (tag: number, content: Buffer) =>
  Buffer.concat([Buffer.from([tag, ...length(content.length)]), content])
export const sequence = (...parts: Buffer[]) => element(0x30, Buffer.concat(parts))
export const integer = (bytes: Buffer) => element(0x02, bytes)
export const octets = (content: Buffer) => element(0x04, content)
export const bits = (content: Buffer) => element(0x03, Buffer.concat([Buffer.from([0]), content]))
export const utcTime = (time: Date) =>
  element(0x17, Buffer.from(`${time.toISOString().replaceAll(/\D/g, '').slice(2, 14)}Z`))
/** @param encoded the identifier's content, hex */
export const identifier = (encoded: string) => element(0x06, Buffer.from(encoded, 'hex'))
/** A distinguished name of one part, the common name (2.5.4.3). */
export const commonName = (name: string) =>
  sequence(element(0x31, sequence(identifier('550403'), element(0x0c, Buffer.from(name)))))

export function pem(label: string, content: Buffer): string {
  const lines = content.toString('base64').replaceAll(/.{64}(?=.)/g, '$&\n')
  return `-----BEGIN ${label}-----\n${lines}\n-----END ${label}-----\n`
}

const length = (of: number) => (of < 0x80 ? [of] : [0x82, of >> 8, of & 0xff])
