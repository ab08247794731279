/** The folds of the form: open where there is room for them, so that a small screen shows the answer first. */

/** Width from which on the job has a column of its own, as in style/form.css; and from which on the data stand beside the details. */
const WIDE = { job: "(min-width: 44rem)", refine: "(min-width: 60rem)" };

/** Opens the folds that have room, and closes the others. */
export function createFolds() {
  for (const [id, query] of /** @type {[string, string][]} */ ([["job-fold", WIDE.job], ["refine", WIDE.refine]])) {
    const fold = /** @type {HTMLDetailsElement} */ (document.getElementById(id));
    const wide = matchMedia(query);
    fold.open = wide.matches;
    wide.addEventListener("change", () => { fold.open ||= wide.matches; });
  }
}
