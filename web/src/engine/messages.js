/** What the page and its workers agree on: the name of the second worker, and the errors of a part that cannot be fetched now. */

/** Name of the worker that runs the slow analyses, and gets the compiled wasm from the first one. */
export const SECOND = "second";

/** The error without a network. */
export const NOT_LOADED = "this part of the page could not be loaded: it needs the network once, and is stored from then on";

/** The error after a new version, whose parts have other names, in a browser that stores nothing. */
const NEWER = "this part of the page could not be loaded: the page has a newer version. Reload it";

/** The reason why a part could not be loaded: the server answers, and so the part has gone, or it does not. @returns {Promise<string>} */
export async function whyNotLoaded() {
  const answered = await fetch(new URL("./", self.location.href), { cache: "no-store" }).then(({ ok }) => ok, () => false);
  return answered ? NEWER : NOT_LOADED;
}
