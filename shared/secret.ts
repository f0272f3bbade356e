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
    return timingSafeEqual(hash('sha256', this.#text, 'buffer'), hash('sha256', text, 'buffer'))
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
