// Single keys for the city hall's pages. A control names its keys in
// aria-keyshortcuts; a key presses a link, and goes to a button or a form, which
// Enter then presses: no decision is one key away. All of it works without this.
"use strict";

(() => {
  const SWITCH = "garage-keys"; // in localStorage: "off", or absent
  const CONTROLS = "input:not([type=hidden], [type=submit]), select, textarea";
  const bar = document.querySelector("[data-keys]");
  const dialog = document.querySelector("dialog.keys");
  const switched = dialog.querySelector("[data-keys-on]");

  // Where storage is forbidden, the switch holds for this page.
  const remember = (on) => {
    try {
      on ? localStorage.removeItem(SWITCH) : localStorage.setItem(SWITCH, "off");
    } catch {
      /* nothing to do about it */
    }
  };
  const remembered = () => {
    try {
      return localStorage.getItem(SWITCH) !== "off";
    } catch {
      return true;
    }
  };

  const isTyping = (target) =>
    target.closest("textarea, select, [contenteditable]") ||
    target.matches("input:not([type=checkbox], [type=radio], [type=submit], [type=button])");

  const rows = () => [...document.querySelectorAll("[data-row]")];
  const currentRow = () => document.activeElement?.closest("[data-row]");

  // From a row to the next or the one before; from elsewhere to the first or the last.
  const step = (by) => {
    const all = rows();
    const at = all.indexOf(currentRow());
    const row = at < 0 ? all.at(by > 0 ? 0 : -1) : all[at + by];
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

  const act = (key) => {
    if (key === "?") {
      dialog.open ? dialog.close() : dialog.showModal();
      return true;
    }
    if (dialog.open) {
      return false;
    }
    if ((key === "j" || key === "k") && rows().length) {
      step(key === "j" ? 1 : -1);
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

  document.addEventListener("keydown", (event) => {
    if (
      !switched.checked ||
      event.defaultPrevented ||
      event.isComposing ||
      event.repeat && event.key !== "j" && event.key !== "k" ||
      event.ctrlKey || event.altKey || event.metaKey ||
      isTyping(event.target) ||
      !/^([a-z/?]|Arrow(Left|Right))$/.test(event.key)
    ) {
      return;
    }
    if (act(event.key)) {
      event.preventDefault();
    }
  });

  switched.checked = remembered();
  switched.addEventListener("change", () => remember(switched.checked));
  bar.hidden = false;
  bar.querySelector("[data-keys-open]").addEventListener("click", () => dialog.showModal());

  // How many are selected; and selecting one means those selected.
  const picked = document.querySelector("[data-picked]");
  const ticks = [...document.querySelectorAll("[data-row] input[type=checkbox]")];
  const count = () => {
    const number = ticks.filter((tick) => tick.checked).length;
    picked.textContent = number ? ` (${number})` : "";
  };
  if (picked) {
    for (const tick of ticks) {
      tick.addEventListener("change", () => {
        document.querySelector("input[name=scope][value=picked]").checked = true;
        count();
      });
    }
    window.addEventListener("pageshow", count);
  }
})();
