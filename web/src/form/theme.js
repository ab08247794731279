/** The theme: light, dark, or the system's. The browser stores the choice for the next visit. */

const KEY = "gpu-carbon-theme";

/** Applies the stored theme, and connects the radio buttons. */
export function createTheme() {
  const radios = /** @type {NodeListOf<HTMLInputElement>} */ (document.querySelectorAll("input[name=theme]"));
  const stored = read();
  for (const radio of radios) {
    radio.checked = radio.value === stored;
    radio.addEventListener("change", () => {
      apply(radio.value);
      write(radio.value);
    });
  }
  apply(stored);
}

/** @param {string} theme */
function apply(theme) {
  if (theme === "auto") delete document.documentElement.dataset.theme;
  else document.documentElement.dataset.theme = theme;
}

function read() {
  try {
    const stored = localStorage.getItem(KEY);
    return stored === "light" || stored === "dark" ? stored : "auto";
  } catch {
    return "auto"; // a browser that stores nothing
  }
}

/** @param {string} theme */
function write(theme) {
  try {
    localStorage.setItem(KEY, theme);
  } catch {
    // a browser that stores nothing: the choice holds until the page is closed
  }
}
