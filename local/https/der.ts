/** Encodes the DER (X.690) elements of certificates.ts. */

/** @param tag the identifier octet */
export const element = (tag: number, content: Buffer) =>
  Buffer.concat([Buffer.from([tag, ...length(content.length)]), content])
export const sequence = (...parts: Buffer[]) => element(0x30, Buffer.concat(parts))
export const integer = (bytes: Buffer) => element(0x02, bytes)
export const octets = (content: Buffer) => element(0x04, content)
export const bits = (content: Buffer) => element(0x03, Buffer.concat([Buffer.from([0]), content]))
export const utcTime = (time: Date) =>
  element(0x17, Buffer.from(`${time.toISOString().replaceAll(/\D/g, '').slice(2, 14)}Z`))
/** @param encoded the object identifier's content, hex */
export const identifier = (encoded: string) => element(0x06, Buffer.from(encoded, 'hex'))
/** A distinguished name with a common name (2.5.4.3) only. */
export const commonName = (name: string) =>
  sequence(element(0x31, sequence(identifier('550403'), element(0x0c, Buffer.from(name)))))

/** RFC 7468. */
export function pem(label: string, content: Buffer): string {
  const lines = content.toString('base64').replaceAll(/.{64}(?=.)/g, '$&\n')
  return `-----BEGIN ${label}-----\n${lines}\n-----END ${label}-----\n`
}

const length = (of: number) => (of < 0x80 ? [of] : [0x82, of >> 8, of & 0xff])
