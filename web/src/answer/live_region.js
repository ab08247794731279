/**
 * The live region: it announces the summary to screen readers, once the form has not changed for a moment.
 * @module
 */

import { fill, h } from "../ui/dom.js";

/** Time without a change before an announcement: typing a number is one change. */
const QUIET_MILLISECONDS = 900;

/**
 * Creates the region.
 *
 * @returns {{element: HTMLElement, announce: (text: string) => void}}
 */
export function createLiveRegion() {
  const element = h("p", { class: "hidden", role: "status" });
  let last = "";
  /** @type {ReturnType<typeof setTimeout> | undefined} */
  let timer;
  return {
    element,
    announce(text) {
      clearTimeout(timer);
      if (text === last) return;
      timer = setTimeout(() => {
        last = text;
        fill(element, text);
      }, QUIET_MILLISECONDS);
    },
  };
}
