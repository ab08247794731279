/**
 * The one place from which a screen reader hears that something changed: the summary alone, once the reader pauses.
 * @module
 */

import { fill, h } from "./dom.js";

/** Long enough that typing a number is one change. */
const QUIET_MILLISECONDS = 900;

/**
 * @returns {{element: HTMLElement, tell: (text: string) => void}}
 */
export function createNews() {
  const element = h("p", { class: "hidden", role: "status" });
  let said = "";
  /** @type {ReturnType<typeof setTimeout> | undefined} */
  let waiting;
  return {
    element,
    tell(text) {
      clearTimeout(waiting);
      if (text === said) return;
      waiting = setTimeout(() => {
        said = text;
        fill(element, text);
      }, QUIET_MILLISECONDS);
    },
  };
}
