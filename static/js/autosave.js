// A part of an application that saves itself as one types; htmx sends it. The page
// works without: then its button saves. What to say comes from the site, but for
// the one thing that it cannot say: that it does not answer.

const RETRY_MS = 5000;

// What a page says of an answer that it does not swap in, and whether it asks again by itself.
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
  const said = document.getElementById("saved");
  const problem = document.getElementById("save-problem");
  let unsaved = false; // typed since it was last sent
  let underWay = false;
  let leaving = false;
  let pressed = null; // the button that waits for what is under way
  let again;

  for (const part of form.querySelectorAll("[data-scripted]")) {
    part.hidden = false;
  }

  // The form's hx-trigger waits for this event.
  const save = () => form.dispatchEvent(new CustomEvent("save", { bubbles: true }));

  // Said once, however often it is tried again.
  const report = (words) => {
    said.textContent = "Not saved";
    if (problem.textContent.trim() !== words) {
      const line = document.createElement("p");
      line.textContent = words;
      problem.replaceChildren(line);
    }
  };

  // Errors come and go while the cursor stays where it is, so that only the
  // words beside the field change; assistive technology is told by this.
  const mark = () => {
    for (const words of form.querySelectorAll(".field-error[id$='_error']")) {
      const control = document.getElementById(words.id.slice(0, -"_error".length));
      words.closest(".field")?.classList.toggle("field--error", words.childElementCount > 0);
      if (control && words.childElementCount) {
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
    const { problem: words, retry } = judge(event.detail.xhr.status, event.detail.failed);
    if (words) {
      report(words);
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

  // What is under way has its answer first: the two would take each other for a stranger.
  form.addEventListener("submit", (event) => {
    if (underWay) {
      event.preventDefault();
      pressed = event.submitter;
      return;
    }
    leaving = true;
  });

  window.addEventListener("online", () => {
    if (unsaved) {
      save();
    }
  });

  // Whoever leaves within the second before it is saved takes nothing away.
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

  // Back again, the page may be older than what is saved.
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
