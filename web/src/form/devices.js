/** Further kinds of devices beside the first: rows of a kind, a number and, for an own wattage, the watts. One hidden field holds them. */

import { OWN, formatDevices, readDevices } from "../state/devices.js";
import { fill, h } from "../ui/dom.js";
import { deviceOptions } from "./options.js";

/**
 * Connects the rows to the hidden field.
 * @param {() => void} changed
 */
export function createDevices(changed) {
  const field = /** @type {HTMLInputElement} */ (document.getElementById("devices"));
  const list = /** @type {HTMLElement} */ (document.getElementById("device-rows"));
  document.querySelector("[data-action=device]")?.addEventListener("click", () => {
    write([...readDevices(field.value), { id: "epyc-9654", count: "2", watts: "" }]);
    render();
    /** @type {HTMLElement | null} */ (list.querySelector("li:last-child select"))?.focus();
  });

  /** @param {import("../state/devices.js").Device[]} devices */
  function write(devices) {
    field.value = formatDevices(devices);
    changed();
  }

  function render() {
    const devices = readDevices(field.value);
    fill(list, devices.map((device, index) => {
      const update = (/** @type {Partial<typeof device>} */ change, draw = false) => {
        const now = readDevices(field.value);
        write(now.map((other, at) => (at === index ? { ...other, ...change } : other)));
        if (draw) render();
      };
      const input = (/** @type {"count" | "watts"} */ name, /** @type {string} */ label) =>
        h("input", { "aria-label": `${label}, kind ${index + 2}`, inputmode: "decimal", value: device[name], input: ({ target }) => update({ [name]: /** @type {HTMLInputElement} */ (target).value }) });
      const select = h("select", { "aria-label": `Kind ${index + 2}`, input: ({ target }) => update({ id: /** @type {HTMLSelectElement} */ (target).value }, true) }, deviceOptions());
      select.value = device.id;
      const remove = () => {
        write(readDevices(field.value).filter((_, at) => at !== index));
        render();
        /** @type {HTMLElement | null} */ (document.querySelector("[data-action=device]"))?.focus();
      };
      return h("li", null, select, input("count", "Number"), device.id === OWN && h("span", { class: "unit" }, input("watts", "Watts of one"), h("span", null, "W")), h("button", { type: "button", class: "plain", "aria-label": `Remove kind ${index + 2}`, click: remove }, "Remove"));
    }));
  }
  return { render };
}
