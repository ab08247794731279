/** The command that fetches the hourly data of a zone. */

/** The flags and variables with which each service gets its credential. */
const CREDENTIALS = /** @type {Record<string, {before?: string, flag: string}>} */ ({
  watttime: { before: "WATTTIME_USER=you ", flag: " --password-file password" },
  electricity_maps: { flag: " --token-file token" },
  eia: { flag: " --key-file key" },
  sgip: { before: "SGIP_USER=you ", flag: " --password-file password" },
  pjm: { flag: " --key-file key" },
  openelectricity: { flag: " --key-file key" },
});

/** The command that writes the last year to a file. @param {string} service @param {string} zone @param {string} day as 2026-11-29 */
export function pullCommand(service, zone, day) {
  const { before = "", flag = "" } = new Map(Object.entries(CREDENTIALS)).get(service) ?? {};
  const year = Number(day.slice(0, 4)) - 1;
  const from = `${year}${day.slice(4) === "-02-29" ? "-02-28" : day.slice(4)}`;
  return `${before}gpu-carbon pull ${service.replaceAll("_", "-")}${flag} --zone ${zone} --start ${from}T00:00:00Z --end ${day}T00:00:00Z --output ${zone}.csv`;
}
