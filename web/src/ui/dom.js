/**
 * Elements created without parsing, so that the names of regions and files are text, never markup.
 * @module
 */

/** @typedef {Node | string | number | null | undefined | false} Child */
/** @typedef {Record<string, string | number | boolean | null | undefined | ((event: Event) => void)>} Attributes */

/**
 * An HTML element. Attributes that are null, undefined or false are left out; a function becomes an event listener.
 *
 * @template {keyof HTMLElementTagNameMap} Tag
 * @param {Tag} tag
 * @param {Attributes | null} [attributes]
 * @param {...(Child | Child[])} children
 * @returns {HTMLElementTagNameMap[Tag]}
 */
export function h(tag, attributes, ...children) {
  const element = document.createElement(tag);
  setAttributes(element, attributes);
  fill(element, ...children);
  return element;
}

/**
 * An SVG element; otherwise like {@link h}.
 *
 * @template {keyof SVGElementTagNameMap} Tag
 * @param {Tag} tag
 * @param {Attributes | null} [attributes]
 * @param {...(Child | Child[])} children
 * @returns {SVGElementTagNameMap[Tag]}
 */
export function s(tag, attributes, ...children) {
  const element = document.createElementNS("http://www.w3.org/2000/svg", tag);
  setAttributes(element, attributes);
  fill(element, ...children);
  return element;
}

/**
 * Replaces the children of an element.
 *
 * @param {Element} element
 * @param {...(Child | Child[])} children
 */
export function fill(element, ...children) {
  /** @type {(Node | string)[]} */
  const nodes = [];
  for (const child of children.flat()) {
    if (child instanceof Node) nodes.push(child);
    else if (child !== null && child !== undefined && child !== false) nodes.push(String(child));
  }
  element.replaceChildren(...nodes);
}

/**
 * A long name that may be broken after each of its parts.
 *
 * @param {string} name
 * @returns {Child[]}
 */
export function breakable(name) {
  return name
    .split(/(?<=[_\-./])/)
    .flatMap((part, index) => (index === 0 ? [part] : [document.createElement("wbr"), part]));
}

/**
 * Sets attributes and adds event listeners.
 *
 * @param {Element} element
 * @param {Attributes | null} [attributes]
 */
function setAttributes(element, attributes) {
  for (const [name, value] of Object.entries(attributes ?? {})) {
    if (typeof value === "function") element.addEventListener(name, value);
    else if (value !== null && value !== undefined && value !== false)
      element.setAttribute(name, value === true ? "" : String(value));
  }
}

/**
 * A table whose first column holds the row headers.
 *
 * @param {string} caption
 * @param {string[]} heads
 * @param {(Child | Child[])[][]} rows
 * @param {Attributes} [attributes]
 * @returns {HTMLTableElement}
 */
export function table(caption, heads, rows, attributes) {
  return h(
    "table",
    attributes ?? null,
    h("caption", null, caption),
    h(
      "thead",
      null,
      h(
        "tr",
        null,
        heads.map((head) => h("th", { scope: "col" }, head)),
      ),
    ),
    h(
      "tbody",
      null,
      rows.map(([head, ...cells]) =>
        h(
          "tr",
          null,
          h("th", { scope: "row" }, head ?? ""),
          cells.map((cell) => h("td", null, cell)),
        ),
      ),
    ),
  );
}

/**
 * The options of a select element, in the groups of their rows.
 *
 * @param {readonly {group: string, value: string, text: string}[]} rows
 * @returns {HTMLOptGroupElement[]}
 */
export function optionGroups(rows) {
  return [...new Set(rows.map(({ group }) => group))].map((label) =>
    h("optgroup", { label }, rows.filter(({ group }) => group === label).map(({ value, text }) => h("option", { value }, text))),
  );
}

/**
 * A details element, closed at first.
 *
 * @param {string} title
 * @param {...(Child | Child[])} children
 * @returns {HTMLDetailsElement}
 */
export function details(title, ...children) {
  return h("details", null, h("summary", null, title), ...children);
}
