// The programme, searched while somebody types: what does not match is hidden.
// Only what the page shows is looked through; the form itself asks for the rest.
"use strict";

(() => {
  const input = document.querySelector(".programme-search [type=search]");
  const said = document.querySelector("[data-found]");
  if (!input || !said) {
    return;
  }
  const folded = (text) =>
    text
      .normalize("NFKD")
      .replace(/\p{M}/gu, "")
      .toLowerCase();
  const cards = [...document.querySelectorAll("[data-market]")].map((card) => [
    card,
    folded(card.textContent),
  ]);
  const asked = input.value;
  const answered = said.textContent;

  input.addEventListener("input", () => {
    const words = folded(input.value).split(/\s+/).filter(Boolean);
    // The server has answered this already, and looked into more than is shown.
    const done = input.value === asked;
    let shown = 0;
    for (const [card, text] of cards) {
      card.hidden = !done && !words.every((word) => text.includes(word));
      shown += card.hidden ? 0 : 1;
    }
    if (done) {
      said.textContent = answered;
      return;
    }
    const number = `${shown} stall${shown === 1 ? "" : "s"}`;
    said.textContent =
      said.dataset.partial === "yes"
        ? `${number} on this page. Press Enter to search the whole programme.`
        : words.length
          ? `${number} found.`
          : "";
  });
})();
