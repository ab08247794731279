/** Further kinds of devices of a job as one text, which a link holds: `epyc-9654:2~own:4:350`. */

/** Stands for a device whose watts the reader gives. */
export const OWN = "own";

/** @typedef {{id: string, count: string, watts: string}} Device as typed */

/** @param {string} text @returns {Device[]} */
export function readDevices(text) {
  return text.split("~").filter(Boolean).map((part) => {
    const [id = "", count = "", watts = ""] = part.split(":");
    return { id, count, watts };
  });
}

/** @param {Device[]} devices */
export function formatDevices(devices) {
  const plain = (/** @type {string} */ text) => text.replaceAll(/[:~]/g, "");
  return devices.map(({ id, count, watts }) => [id, count, ...(id === OWN ? [watts] : [])].map(plain).join(":")).join("~");
}
