/** Creates elements. Strings become text nodes; markup is never parsed. */

export type Child = Node | string | false | undefined
type Attributes = Record<string, string | number | false | undefined>

export const el = <Tag extends keyof HTMLElementTagNameMap>(
  tag: Tag,
  attributes: Attributes = {},
  ...children: readonly Child[]
): HTMLElementTagNameMap[Tag] => filled(document.createElement(tag), attributes, children)

export const svg = <Tag extends keyof SVGElementTagNameMap>(
  tag: Tag,
  attributes: Attributes = {},
  ...children: readonly Child[]
): SVGElementTagNameMap[Tag] =>
  filled(document.createElementNS('http://www.w3.org/2000/svg', tag), attributes, children)

function filled<Made extends Element>(
  element: Made,
  attributes: Attributes,
  children: readonly Child[],
): Made {
  for (const [name, value] of Object.entries(attributes)) {
    if (value !== false && value !== undefined) element.setAttribute(name, String(value))
  }
  element.append(...children.filter((child) => child !== false && child !== undefined))
  return element
}

/** Isolates the direction of text that others chose. */
export const bdi = (text: string) => el('bdi', {}, text)
