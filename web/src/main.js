/** Wires the page: the question goes to the engine, and what it says to the answer. */

import { createAnswer } from "./answer/index.js";
import { createTakeAway } from "./take/index.js";

/** @param {string} id */
const part = (id) => /** @type {HTMLElement} */ (document.getElementById(id));

createAnswer(part("answer"));
createTakeAway(part("take"));
