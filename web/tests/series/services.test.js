/** Tests of the requests to the services, with a fetch that fails as browsers fail. */

import assert from "node:assert/strict";
import { test } from "node:test";

import { PLACES, electricityMapsPlace, fetchIntensity } from "../../src/series/services.js";

const PAGE = "http://localhost/";
const [britain] = PLACES;

/** The error of a request that fails in this way. @param {Error} error @param {string} [token] */
async function errorOf(error, token) {
  const before = globalThis.fetch;
  globalThis.fetch = () => Promise.reject(error);
  try {
    await fetchIntensity(token ? electricityMapsPlace("NL", "Netherlands") : britain ?? assert.fail("no place"), PAGE, token);
    return "";
  } catch (failure) {
    return /** @type {Error} */ (failure).message;
  } finally {
    globalThis.fetch = before;
  }
}

test("a service that is slow is said to be slow, in Chrome before 124 too, which calls its own timeout an abort", async () => {
  for (const name of ["TimeoutError", "AbortError"]) {
    assert.equal(await errorOf(new DOMException("signal timed out", name)), "api.carbonintensity.org.uk did not answer within 20 seconds: try again later");
  }
});

test("a service that cannot be reached is not said to be slow, and one with a token may not answer pages", async () => {
  const failed = new TypeError("Failed to fetch");
  assert.equal(await errorOf(failed), "api.carbonintensity.org.uk could not be reached: check the network");
  assert.match(await errorOf(failed, "secret"), /^api\.electricitymaps\.com could not be reached: check the network, or the service does not answer pages: use gpu-carbon pull$/);
  assert.doesNotMatch(await errorOf(failed, "secret"), /secret/);
});
