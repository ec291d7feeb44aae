// Keyboard shortcuts for the city hall's pages. A control names its keys in
// aria-keyshortcuts. A key follows a link, but only moves the focus to a button or a form, so
// that no single key makes a decision. All pages work without this script.

const SWITCH = "garage-keys"; // in localStorage: "off", or absent
const CONTROLS = "input:not([type=hidden], [type=submit]), select, textarea";
const KEY = /^([a-z/?]|Arrow(Left|Right))$/;
const STEPS = new Map([
  ["j", 1],
  ["k", -1],
]);

const isTyping = (target) =>
  Boolean(target.closest("textarea, select, [contenteditable]")) ||
  target.matches("input:not([type=checkbox], [type=radio], [type=submit], [type=button])");

// Whether a key press may be a shortcut: not in a text field, not with a modifier key, and
// repeated only for moving between rows.
export const isShortcut = (event) =>
  KEY.test(event.key) &&
  !(event.defaultPrevented || event.isComposing) &&
  !(event.ctrlKey || event.altKey || event.metaKey) &&
  (!event.repeat || STEPS.has(event.key)) &&
  !isTyping(event.target);

// The next or previous row; if no row has the focus (-1), the first or the last.
export const rowAfter = (rows, at, by) => {
  if (at < 0) {
    return rows.at(by > 0 ? 0 : -1);
  }
  return rows[at + by];
};

// Without access to localStorage, the setting holds for this page only.
const remember = (on) => {
  try {
    if (on) {
      localStorage.removeItem(SWITCH);
    } else {
      localStorage.setItem(SWITCH, "off");
    }
  } catch {
    // See above.
  }
};
const remembered = () => {
  try {
    return localStorage.getItem(SWITCH) !== "off";
  } catch {
    return true;
  }
};

const rowsShown = () => [...document.querySelectorAll("[data-row]")];
const currentRow = () => document.activeElement?.closest("[data-row]");

const step = (by) => {
  const rows = rowsShown();
  const row = rowAfter(rows, rows.indexOf(currentRow()), by);
  row?.querySelector("a").focus();
  row?.scrollIntoView({ block: "nearest" });
};

const isShown = (control) => control.checkVisibility?.() ?? control.getClientRects().length > 0;

const goTo = (control) => {
  if (control.matches("a[href]")) {
    control.click();
    return;
  }
  if (control.matches("summary")) {
    const details = control.closest("details");
    details.open = true;
    const inside = [...details.querySelectorAll(`${CONTROLS}, summary`)];
    (inside.find((each) => each !== control && isShown(each)) ?? control).focus();
    return;
  }
  control.focus();
  control.scrollIntoView({ block: "nearest" });
};

// Runs the shortcut of a key; returns whether the page has one for it.
const act = (key, dialog) => {
  if (key === "?") {
    if (dialog.open) {
      dialog.close();
    } else {
      dialog.showModal();
    }
    return true;
  }
  if (dialog.open) {
    return false;
  }
  if (STEPS.has(key) && rowsShown().length) {
    step(STEPS.get(key));
    return true;
  }
  if (key === "x" && currentRow()) {
    currentRow().querySelector("input[type=checkbox]").click();
    return true;
  }
  const named = document.querySelectorAll(`[aria-keyshortcuts~="${CSS.escape(key)}"]`);
  const control = [...named].find(isShown);
  if (control) {
    goTo(control);
  }
  return Boolean(control);
};

const start = (bar, dialog) => {
  const switched = dialog.querySelector("[data-keys-on]");

  document.addEventListener("keydown", (event) => {
    if (switched.checked && isShortcut(event) && act(event.key, dialog)) {
      event.preventDefault();
    }
  });

  switched.checked = remembered();
  switched.addEventListener("change", () => remember(switched.checked));
  bar.hidden = false;
  bar.querySelector("[data-keys-open]").addEventListener("click", () => dialog.showModal());
};

const bar = document.querySelector("[data-keys]");
if (bar) {
  start(bar, document.querySelector("dialog.keys"));
}
