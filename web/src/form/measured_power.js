/** Measured power: a profile from a file, or the present power from the exporter. */

import { count, span, spanParts } from "../ui/format.js";

/** @typedef {import("../state/parse.js").Profile} Profile */

/**
 * Connects the field of measured power and the button that reads the exporter.
 * @param {ReturnType<typeof import("../engine/client.js").createEngine>} engine
 * @param {(field: string | null, value: string) => void} changed gets a field to fill as well, where there is one
 */
export function createMeasuredPower(engine, changed) {
  /** @type {Profile | null} */
  let profile = null;
  /** Profiles of this visit by checksum: going back to an earlier address finds them again. @type {Map<string, Profile>} */
  const profiles = new Map();
  /** Error of the last file. */
  let lastError = "";
  /** The profile that a link names. @type {{name: string, checksum: string} | null} */
  let expected = null;
  const hint = document.querySelector("[data-hint-for=profile]")?.textContent ?? "";

  document.querySelector("[data-action=exporter]")?.addEventListener("click", () => {
    fetchMetrics().then((text) => measuredPower.readMetrics(text, "the exporter"), (error) => showHint("power", error.message));
  });

  const measuredPower = {
    profile: () => profile,
    error: () => lastError,

    /** Shows the error of a file beside the field; null: none. The earlier profile stays. @param {Error | null} error */
    showError(error) {
      const message = error?.message ?? "";
      if (message === lastError) return;
      lastError = message;
      changed(null, "");
    },

    /** The name and checksum that a link holds. */
    named: () => (profile ? { name: profile.name, checksum: profile.checksum } : expected),

    /** Restores the profile that a link names, or asks for its file. @param {{name: string, checksum: string} | null} named */
    expect(named) {
      profile = profiles.get(named?.checksum ?? "") ?? null;
      expected = named;
      showHint("profile", profile ? `${profile.name}: ${powers(profile.profile)}.` : hint);
      if (named && !profile) showHint("profile", `The link was made with ${named.name} (checksum ${named.checksum}): choose that file to get the same numbers.`);
    },

    /** Reads a profile from a file. @param {string} name @param {string} text @param {"profile" | "prometheus"} kind */
    async readProfile(name, text, kind) {
      const read = await engine.call(kind === "profile" ? "profileFromCsv" : "profileFromPrometheus", { text });
      profile = { name, profile: read.profile, duration_seconds: read.duration_seconds, checksum: read.checksum };
      profiles.set(profile.checksum, profile);
      const differs = expected && expected.checksum !== read.checksum;
      const sentences = [`${name}: ${powers(read.profile)}`];
      if (read.series) sentences.push(`the sum of ${read.series} GPUs`);
      if (differs) sentences.push(`not the file of the link, whose checksum is ${expected?.checksum}: the numbers will differ`);
      if (!read.duration_seconds) sentences.push(`${read.profile.length > 1 ? "the last " : ""}from ${span(read.profile.at(-1)[0])} to the end of the duration`);
      showHint("profile", `${sentences.join(", ")}.`);
      selectWork("profile");
      changed(read.duration_seconds ? "duration" : null, spanParts(read.duration_seconds ?? 0).flat().join(""));
    },

    /** Reads the present power from a page of metrics. @param {string} text @param {string} from */
    async readMetrics(text, from) {
      const { power_watts, gpus } = await engine.call("powerFromMetrics", { text });
      const at = new Date().toLocaleTimeString([], { hour: "2-digit", minute: "2-digit" });
      showHint("power", `${gpus} ${gpus === 1 ? "GPU" : "GPUs"} of ${from}, read at ${at}.`);
      selectWork("power");
      changed("power", String(power_watts));
    },
  };
  return measuredPower;
}

/** @param {[number, number][]} profile */
function powers(profile) {
  return count(profile.length, "power value");
}

/** The exporter's metrics, which the server of this page forwards. */
async function fetchMetrics() {
  const address = new URL("exporter/metrics", document.baseURI);
  const response = await fetch(address, { cache: "no-store" }).catch(() => null);
  if (!response?.ok) {
    throw new Error(`No exporter answers at ${address.pathname}${response ? ` (${response.status})` : ""}: cargo xtask demo serves one there. Elsewhere, save the exporter’s /metrics page and drop it here.`);
  }
  return response.text();
}

/** Selects how the job's power is known. @param {string} work */
function selectWork(work) {
  const radio = /** @type {HTMLInputElement | null} */ (document.querySelector(`input[name=work][value=${work}]`));
  radio?.click();
}

/** @param {string} field @param {string} text */
function showHint(field, text) {
  const hint = document.querySelector(`[data-hint-for="${field}"]`);
  if (hint) hint.textContent = text;
}
