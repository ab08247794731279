/** The files that the reader added, kept in this browser until "Start over", so that a reload finds them again. */

const DATABASE = "gpu-carbon";
const STORE = "files";

/** @typedef {Extract<import("../engine/worker.js").Source, {kind: "file"}>} FileSource */

/** The open database; rejected in a browser that stores nothing. @returns {Promise<IDBDatabase>} */
function database() {
  return new Promise((resolve, reject) => {
    const request = indexedDB.open(DATABASE, 1);
    request.addEventListener("upgradeneeded", () => request.result.createObjectStore(STORE));
    request.addEventListener("success", () => resolve(request.result));
    request.addEventListener("error", () => reject(request.error));
  });
}

/**
 * Runs one request on the store. A browser that stores nothing is no error: the files then hold until the page is closed.
 * @template T
 * @param {IDBTransactionMode} mode
 * @param {(store: IDBObjectStore) => IDBRequest<T>} ask
 * @returns {Promise<T | undefined>}
 */
async function onStore(mode, ask) {
  try {
    const open = await database();
    return await new Promise((resolve, reject) => {
      const transaction = open.transaction(STORE, mode);
      const request = ask(transaction.objectStore(STORE));
      transaction.addEventListener("complete", () => { open.close(); resolve(request.result); });
      transaction.addEventListener("abort", () => { open.close(); reject(transaction.error); });
    });
  } catch {
    return undefined;
  }
}

/** Stores a file by the checksum and the name of its series. @param {string} key @param {FileSource} source */
export function storeFile(key, source) {
  return onStore("readwrite", (store) => store.put(source, key));
}

/** A stored file; undefined where there is none. @param {string} key @returns {Promise<FileSource | undefined>} */
export function storedFile(key) {
  return onStore("readonly", (store) => store.get(key));
}

/** Removes one file. @param {string} key */
export function forgetFile(key) {
  return onStore("readwrite", (store) => store.delete(key));
}

/** Removes all files. */
export function forgetFiles() {
  return onStore("readwrite", (store) => store.clear());
}
