// The rail beside a folded pane, the sources of a room, and the way from one quote to the next.
(() => {
  "use strict";
  const ROOMS = { ask: "#transcript", survey: "#survey-result", claim: "#claim-result", papers: "#listing", today: "#day-feed" };
  const room = () => document.body.dataset.tab;
  let stepped = 0;

  // The marks of a room, each number once, in the order of the page.
  function marks(within = "") {
    const found = new Map();
    for (const mark of document.querySelectorAll(`${ROOMS[room()]} .mark[data-do="cite"]${within}`)) {
      const { turn = "", number } = mark.dataset;
      if (!found.has(`${turn} ${number}`)) found.set(`${turn} ${number}`, mark);
    }
    return [...found.values()];
  }

  function countSources() {
    const button = document.querySelector(".rail [data-sources]");
    if (!button) return;
    const count = new Set(marks().map((mark) => mark.dataset.title)).size;
    button.hidden = !count;
    button.querySelector(".count").textContent = count;
    button.setAttribute("aria-label", `Sources, ${count}`);
  }

  function listSources() {
    window.paperchat.show("paper", "");
    window.paperchat.openPanel(true);
    window.paperchat.send("#source", { do: "sources", tab: room() });
  }

  // What is the reader's own: "saved" papers or "notes".
  function listOwn(what) {
    window.paperchat.show("paper", "");
    window.paperchat.openPanel(true);
    window.paperchat.send("#source", { do: what });
  }

  function quotesAround() {
    const shown = document.querySelector('.mark[aria-current="true"]');
    const turn = shown?.dataset.turn;
    const all = marks(turn === undefined ? "" : `[data-turn="${turn}"]`).filter((mark) => !mark.closest("#source"));
    return { all, at: all.findIndex((mark) => mark.dataset.number === shown?.dataset.number) };
  }

  function step(by) {
    const { all, at } = quotesAround();
    const next = all[at + by];
    if (at < 0 || !next) return;
    stepped = by;
    next.click();
    if (next.checkVisibility()) next.scrollIntoView({ block: "nearest", behavior: "instant" });
  }

  document.addEventListener("click", (event) => {
    if (!(event.target instanceof Element)) return;
    const button = event.target.closest("[data-step]");
    if (button) step(Number(button.dataset.step));
    if (event.target.closest("[data-sources]")) listSources();
    if (event.target.closest("[data-saved]")) listOwn("saved");
    if (event.target.closest("button[data-all-notes]")) listOwn("notes");
    if (event.target.closest("[data-unfold]")) {
      window.paperchat.openPanel(true);
      document.querySelector("#source h2")?.focus({ preventScroll: true });
    }
  });

  Object.assign(window.paperchat, {
    countSources,
    // Says which quote of the answer is shown; what was pressed to come here keeps the focus.
    showStep(source) {
      const steps = source.querySelector(".steps");
      const { all, at } = quotesAround();
      if (steps && at >= 0 && all.length > 1) {
        steps.hidden = false;
        steps.querySelector("[data-place]").textContent = `Quote ${at + 1} of ${all.length}`;
        for (const button of steps.querySelectorAll("button")) button.disabled = !all[at + Number(button.dataset.step)];
      }
      const pressed = stepped && steps?.querySelector(`[data-step="${stepped}"]:enabled`);
      stepped = 0;
      const isSheet = getComputedStyle(document.getElementById("panel")).position === "fixed";
      if (at >= 0 && isSheet && all[at].checkVisibility()) (all[at].closest(".q") ?? all[at]).scrollIntoView({ block: "nearest" });
      (pressed || source.querySelector("h2"))?.focus({ preventScroll: true });
    },
  });
})();
