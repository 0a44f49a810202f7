// Finding what index.html holds, and changing it only where it differs.

/**
 * @template {Element} E
 * @param {string} id
 * @param {new () => E} type
 * @returns {E}
 */
export function byId(id, type) {
  return ofType(document.querySelector(`#${id}`), type, `#${id}`)
}

/**
 * The part of a clone of a template, by its `data-part`.
 *
 * @template {Element} E
 * @param {Element} root
 * @param {string} name
 * @param {new () => E} type
 * @returns {E}
 */
export function part(root, name, type) {
  return ofType(root.querySelector(`[data-part="${name}"]`), type, name)
}

/**
 * @template {Element} E
 * @param {Element | null} element
 * @param {new () => E} type
 * @param {string} name
 * @returns {E}
 */
function ofType(element, type, name) {
  if (element instanceof type) return element
  throw new TypeError(`The page has no ${type.name} ${name}`)
}

/**
 * @param {Element} element
 * @param {string} text
 */
export function setText(element, text) {
  if (element.textContent !== text) element.textContent = text
}

/**
 * @param {Element} element
 * @param {string} name
 * @param {string} value
 */
export function setAttribute(element, name, value) {
  if (element.getAttribute(name) !== value) element.setAttribute(name, value)
}

/**
 * Sets the text of a part of a clone.
 *
 * @param {Element} root
 * @param {string} name
 * @param {string | number} text
 */
export function setPart(root, name, text) {
  setText(part(root, name, Element), String(text))
}
