// Autosave of a section of an application; htmx sends the form. Without this script the
// button saves. The server's answers contain the messages to show; only when the server
// does not answer, or its answer cannot be shown, the message comes from this script.
import { hasEarlyInput } from "./early-input.js";

const RETRY_MS = 5000;

// The message for an answer that htmx does not swap in, and whether to retry automatically.
export const judge = (status, failed) => {
  if (status === 0 || status >= 500) {
    return { problem: "There is no connection. It is tried again by itself.", retry: true };
  }
  if (failed && status !== 401 && status !== 412) {
    return { problem: "Please press the button to save.", retry: false };
  }
  return { problem: "", retry: false };
};

const start = (form) => {
  const indicator = document.getElementById("saved");
  const problem = document.getElementById("save-problem");
  let unsaved = false; // edited since it was last sent
  let underWay = false;
  let leaving = false;
  let pressed = null; // the button that waits for the request in progress
  let again;

  for (const part of form.querySelectorAll("[data-scripted]")) {
    part.hidden = false;
  }

  // The form's hx-trigger waits for this event.
  const save = () => form.dispatchEvent(new CustomEvent("save", { bubbles: true }));

  // Announced once, not at every retry.
  const report = (message) => {
    indicator.textContent = "Not saved";
    if (problem.textContent.trim() !== message) {
      const line = document.createElement("p");
      line.textContent = message;
      problem.replaceChildren(line);
    }
  };

  // htmx replaces only the error texts, so that the cursor stays where it is; the fields'
  // own attributes are updated here, for assistive technology.
  const mark = () => {
    for (const error of form.querySelectorAll(".field-error[id$='_error']")) {
      const control = document.getElementById(error.id.slice(0, -"_error".length));
      error.closest(".field")?.classList.toggle("field--error", error.childElementCount > 0);
      if (control && error.childElementCount) {
        control.setAttribute("aria-invalid", "true");
      } else if (control) {
        control.removeAttribute("aria-invalid");
      }
    }
  };

  form.addEventListener("input", () => {
    unsaved = true;
  });

  form.addEventListener("htmx:beforeRequest", () => {
    clearTimeout(again);
    unsaved = false;
    underWay = true;
  });

  form.addEventListener("htmx:afterRequest", (event) => {
    underWay = false;
    const { problem: message, retry } = judge(event.detail.xhr.status, event.detail.failed);
    if (message) {
      report(message);
    }
    if (retry) {
      unsaved = true;
      again = setTimeout(save, RETRY_MS);
    }
    if (pressed) {
      const button = pressed;
      pressed = null;
      form.requestSubmit(button);
    }
  });

  form.addEventListener("htmx:afterSettle", mark);

  // Wait for the request in progress, or the two would conflict with each other.
  form.addEventListener("submit", (event) => {
    if (underWay) {
      event.preventDefault();
      pressed = event.submitter;
      return;
    }
    leaving = true;
  });

  const saveIfUnsaved = () => {
    if (unsaved) {
      save();
    }
  };
  window.addEventListener("online", saveIfUnsaved);

  // htmx listens from now on at the latest.
  unsaved = hasEarlyInput(form);
  window.addEventListener("load", saveIfUnsaved);

  // Save also what was entered in the last second before leaving the page.
  window.addEventListener("pagehide", () => {
    if (unsaved && !leaving) {
      fetch(form.getAttribute("hx-post"), {
        method: "POST",
        body: new URLSearchParams(new FormData(form)),
        headers: { "HX-Request": "true" },
        keepalive: true,
      });
    }
  });

  // A page from the browser's cache may be older than the saved version.
  window.addEventListener("pageshow", (event) => {
    leaving = false;
    if (event.persisted && !unsaved) {
      location.reload();
    }
  });
};

const form = document.querySelector("form[data-autosave]");
if (form) {
  start(form);
}
