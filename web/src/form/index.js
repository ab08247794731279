/** The form: it reads and fills the fields, and shows errors beside them. It never changes what the reader typed. */

import { DEFAULTS, defaultsFor } from "../state/fields.js";
import { h } from "../ui/dom.js";

/** @typedef {HTMLInputElement | HTMLSelectElement} Control */

/** Fields by whose values other fields are shown: their names are in a data attribute of these. */
const SWITCHES = /** @type {const} */ (["work", "when", "gpu", "unit", "host"]);

/**
 * Connects the form.
 * @param {HTMLFormElement} root
 * @param {(field: string) => void} changed
 */
export function createForm(root, changed) {
  addErrorPlaces(root);
  root.addEventListener("submit", (event) => event.preventDefault());
  root.addEventListener("input", ({ target }) => {
    const { name } = /** @type {Control} */ (target);
    if (!Object.hasOwn(DEFAULTS, name)) return;
    if (SWITCHES.some((one) => one === name)) showParts();
    changed(name);
  });

  /** Shows the fields that the chosen kinds of work and start need. */
  function showParts() {
    for (const name of SWITCHES) {
      const chosen = value(name) ?? "";
      for (const part of /** @type {NodeListOf<HTMLElement>} */ (root.querySelectorAll(`[data-${name}]`))) {
        part.hidden = !part.dataset[name]?.split(";").includes(chosen);
      }
    }
  }

  /** @param {string} name */
  function value(name) {
    const control = root.elements.namedItem(name);
    if (control instanceof HTMLInputElement && control.type === "checkbox") return control.checked ? control.value : "";
    return control ? /** @type {RadioNodeList | Control} */ (control).value : undefined;
  }

  return {
    /** The values of the form; fields that it does not have keep their value. @param {import("../types.js").Question} before */
    question(before) {
      const now = Object.keys(DEFAULTS).map((name) => [name, value(name) ?? before[name] ?? ""]);
      return /** @type {import("../types.js").Question} */ (Object.fromEntries(now));
    },

    /** @param {import("../types.js").Question} question */
    fill(question) {
      for (const [name, text] of Object.entries(question)) {
        const control = root.elements.namedItem(name);
        if (control instanceof HTMLSelectElement) choose(control, text);
        else if (control instanceof HTMLInputElement && /^(checkbox|radio)$/.test(control.type)) control.checked = control.value === text;
        else if (control) /** @type {RadioNodeList | HTMLInputElement} */ (control).value = text;
      }
      showParts();
      for (const details of root.querySelectorAll("details")) details.open ||= hasChanges(details, question);
    },

    /** Shows the errors, and removes the other ones. @param {Map<string, string>} problems messages by field */
    showProblems(problems) {
      for (const error of /** @type {NodeListOf<HTMLElement>} */ (root.querySelectorAll(".error[data-error]"))) {
        const name = error.dataset.error ?? "";
        const message = problems.get(name) ?? "";
        if (error.textContent === message) continue;
        error.textContent = message;
        const control = document.getElementById(name);
        if (message) control?.setAttribute("aria-invalid", "true");
        else control?.removeAttribute("aria-invalid");
        const folded = error.closest("details");
        if (message && folded) folded.open = true;
      }
    },

    /** The label of a field, for a message elsewhere; the name of a field without one. @param {string} name */
    label: (name) => root.querySelector(`label[for="${CSS.escape(name)}"]`)?.textContent ?? document.getElementById(name)?.dataset.label ?? name,

    /** Names the parts of a link that the page does not know. @param {string[]} names */
    showUnknown(names) {
      const notice = /** @type {HTMLElement} */ (document.getElementById("link-notice"));
      notice.hidden = names.length === 0;
      notice.textContent = names.length ? `The link has parts that this page does not know, and that are left out: ${names.join(", ")}. It may be of a newer version.` : "";
    },

    /** Shows the value that is used where the field is empty. @param {string} name @param {string} text */
    placeholder(name, text) {
      const control = root.elements.namedItem(name);
      if (control instanceof HTMLInputElement) control.placeholder = text;
    },

    /** Shows a hint below a field. @param {string} name @param {string} text */
    hint(name, text) {
      const hint = root.querySelector(`[data-hint-for="${name}"]`);
      if (hint && hint.textContent !== text) hint.textContent = text;
    },
  };
}

/** Adds a place for errors to each field, and links unit, hint and errors to its control. @param {HTMLElement} root */
function addErrorPlaces(root) {
  for (const field of root.querySelectorAll(".field")) {
    const control = field.querySelector("input, select");
    if (!control?.id) continue;
    const hint = field.querySelector(".hint");
    if (hint) hint.id ||= `${control.id}-hint`;
    const unit = field.querySelector(".unit > span");
    if (unit) unit.id = `${control.id}-unit`;
    const error = h("p", { class: "error", id: `${control.id}-error`, "data-error": control.id, "aria-live": "polite" });
    field.append(error);
    control.setAttribute("aria-describedby", [unit?.id, hint?.id, error.id].filter(Boolean).join(" "));
  }
}

/** Selects a value, and adds it where it is not an option yet. @param {HTMLSelectElement} select @param {string} value */
export function choose(select, value) {
  const known = [...select.options].some((option) => option.value === value);
  if (!known && value) select.append(new Option(value, value));
  select.value = value;
}

/** True where a field inside is not at its default. @param {HTMLElement} fold @param {import("../types.js").Question} question */
function hasChanges(fold, question) {
  const controls = /** @type {NodeListOf<Control>} */ (fold.querySelectorAll("[name]"));
  const initial = /** @type {Record<string, string>} */ ({ ...defaultsFor(question.region ?? ""), zone: question.zone ?? "" }); // times can be shown in any zone
  return [...controls].some(({ name }) => Object.hasOwn(initial, name) && question[name] !== initial[name]);
}
