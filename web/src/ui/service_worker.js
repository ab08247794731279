/** The service worker: from the next visit on, the page works without a network. */

import { fill, h } from "./dom.js";

let registered = false;

/**
 * Registers the service worker once, and shows a notice when a newer version of the page is ready.
 * @param {HTMLElement} notice
 */
export async function registerServiceWorker(notice) {
  const workers = navigator.serviceWorker;
  if (registered || !workers) return;
  registered = true;
  if (workers.controller) {
    workers.addEventListener("controllerchange", () => {
      fill(notice, "A newer version of this page is ready. ", h("button", { type: "button", class: "plain", click: () => location.reload() }, "Reload"));
      notice.hidden = false;
    });
  }
  try {
    await workers.register("sw.js");
  } catch {
    // a private window, a browser that stores nothing, or a server without https
  }
}
