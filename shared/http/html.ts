/** Builds HTML: the template tag escapes every value, except values that are HTML already. */

export class Html {
  readonly text: string

  constructor(text: string) {
    this.text = text
  }
}

/** @example html`<ul>${names.map((name) => html`<li>${name}</li>`)}</ul>` */
export function html(
  literals: TemplateStringsArray,
  ...values: readonly (string | Html | readonly Html[])[]
): Html {
  return new Html(String.raw({ raw: literals.raw }, ...values.map(textOf)))
}

function textOf(value: string | Html | readonly Html[]): string {
  if (value instanceof Html) return value.text
  if (typeof value !== 'string') return value.map(({ text }) => text).join('\n')
  return value.replace(/[&<>"']/g, (character) => entities[character] ?? '')
}

const entities: Record<string, string> = {
  '&': '&amp;',
  '<': '&lt;',
  '>': '&gt;',
  '"': '&quot;',
  "'": '&#39;',
}
