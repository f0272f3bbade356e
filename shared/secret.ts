/**
 * A credential that cannot be printed by accident. `reveal()` returns the text; test/rules.test.ts lists the few files
 * that may call it.
 */
import { hash, timingSafeEqual } from 'node:crypto'
import { inspect } from 'node:util'

export type SecretKind =
  | 'assertion'
  | 'downstream token'
  | 'client credential'
  | 'encryption key'
  | 'admin key'
  | 'proxy URL'

export class Secret<Kind extends SecretKind> {
  readonly kind: Kind
  readonly #text: string

  constructor(kind: Kind, text: string) {
    this.kind = kind
    this.#text = text
  }

  reveal(): string {
    return this.#text
  }

  /** Compares in constant time. */
  matches(text: string): boolean {
    const [own, other] = [this.#text, text].map((it) => hash('sha256', it, 'buffer'))
    return own !== undefined && other !== undefined && timingSafeEqual(own, other)
  }

  toString(): string {
    return `[${this.kind}]`
  }

  toJSON(): string {
    return this.toString()
  }

  [inspect.custom](): string {
    return this.toString()
  }
}
