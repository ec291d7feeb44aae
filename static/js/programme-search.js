// The programme, searched while somebody types: what does not match is hidden.
// Only what the page shows is looked through; the form itself asks for the rest.

const MARKS = /\p{M}/gu;
const SPACE = /\s+/;

// Without marks and capitals: "mutzen" finds "Mützen", as the site's own search does.
export const fold = (text) => text.normalize("NFKD").replace(MARKS, "").toLowerCase();

export const wordsOf = (text) => fold(text).split(SPACE).filter(Boolean);

export const matches = (folded, words) => words.every((word) => folded.includes(word));

export const describe = (shown, words, isPartial) => {
  const number = `${shown} stall${shown === 1 ? "" : "s"}`;
  if (isPartial) {
    return `${number} on this page. Press Enter to search the whole programme.`;
  }
  return words.length ? `${number} found.` : "";
};

const start = (input, said) => {
  const cards = [...document.querySelectorAll("[data-market]")].map((card) => ({
    card,
    folded: fold(card.textContent),
  }));
  const asked = input.value;
  const answered = said.textContent;

  input.addEventListener("input", () => {
    const words = wordsOf(input.value);
    // The server has answered this already, and looked into more than is shown.
    const done = input.value === asked;
    let shown = 0;
    for (const { card, folded } of cards) {
      card.hidden = !(done || matches(folded, words));
      shown += card.hidden ? 0 : 1;
    }
    said.textContent = done ? answered : describe(shown, words, said.dataset.partial === "yes");
  });
};

const input = document.querySelector(".programme-search [type=search]");
const said = document.querySelector("[data-found]");
if (input && said) {
  start(input, said);
}
