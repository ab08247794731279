/**
 * A details element whose content is written when it is opened. The code that writes it can be loaded only then.
 * @module
 */

import { whyNotLoaded } from "../engine/messages.js";
import { details, fill, h } from "./dom.js";

/** @typedef {Parameters<typeof fill>[1]} Parts */

/**
 * Creates the element, closed and empty.
 *
 * @param {string} title
 * @returns {{element: HTMLDetailsElement, set: (make: () => Parts | Promise<Parts>) => void}} set: replaces the content
 */
export function lazyDetails(title) {
  const content = h("div");
  const element = details(title, content);
  /** @type {() => Parts | Promise<Parts>} */
  let make = () => [];
  const write = async () => {
    if (!element.open) return;
    const mine = make;
    const parts = await Promise.resolve().then(mine).catch(async () => h("p", { class: "note" }, `${await whyNotLoaded()}.`));
    if (mine === make) fill(content, parts);
  };
  element.addEventListener("toggle", write);
  return {
    element,
    set(next) {
      make = next;
      void write();
    },
  };
}
