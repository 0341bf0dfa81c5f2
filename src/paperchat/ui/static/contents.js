// The rooms of surveys, claims and results without Python: contents, earlier reports, examples, and quotes of values.
(() => {
  "use strict";
  const WIDE = 1060; // as in reports.css
  const folds = (within = document) => [...within.querySelectorAll(".beside details")];
  const isWide = (tab) => tab.clientWidth >= WIDE;

  // Open beside a report, folded above it.
  const resized = new ResizeObserver((entries) => {
    for (const { target } of entries) {
      if (!target.clientWidth || String(isWide(target)) === target.dataset.wide) continue;
      target.dataset.wide = isWide(target);
      for (const fold of folds(target)) fold.open = isWide(target);
    }
  });

  function partBeingRead(tab) {
    const parts = [...tab.querySelectorAll(".part[id]")];
    return parts.filter((part) => part.getBoundingClientRect().top < innerHeight / 3).pop() ?? parts[0];
  }

  function showPlace(tab, part = partBeingRead(tab)) {
    for (const entry of tab.querySelectorAll(".contents [data-to]")) {
      if (entry.dataset.to === part?.id) entry.setAttribute("aria-current", "true");
      else entry.removeAttribute("aria-current");
    }
  }

  let isAwaited = false;

  // The last parts may stay below the top of the window.
  function goTo(part) {
    isAwaited = true;
    part.scrollIntoView({ block: "start", behavior: "instant" });
    part.querySelector("h2").focus({ preventScroll: true });
    showPlace(part.closest(".job-tab"), part);
    setTimeout(() => { isAwaited = false; }, 100);
  }

  // What an example says is put into the field and sent.
  function tryExample(chip) {
    const tab = chip.closest(".job-tab");
    window.paperchat.fill(tab.querySelector(".job-text textarea"), chip.dataset.fill);
    setTimeout(() => tab.querySelector("button.start").click(), 50);
  }

  window.addEventListener("scroll", () => {
    if (isAwaited) return;
    isAwaited = true;
    requestAnimationFrame(() => {
      isAwaited = false;
      const tab = document.querySelector(".job-tab:has(.contents)");
      if (tab?.clientWidth) showPlace(tab);
    });
  }, { passive: true });

  document.addEventListener("click", (event) => {
    if (!(event.target instanceof Element)) return;
    const entry = event.target.closest(".contents [data-to]");
    if (entry) goTo(document.getElementById(entry.dataset.to));
    const value = event.target.closest("[data-quote-row]");
    if (value) {
      const quote = value.closest("tr").nextElementSibling;
      quote.hidden = !quote.hidden;
      value.setAttribute("aria-expanded", !quote.hidden);
    }
    const chip = event.target.closest("[data-fill]");
    if (chip) tryExample(chip);
    for (const fold of folds()) {
      const tab = fold.closest(".job-tab");
      if (fold.open && !isWide(tab) && (entry || !fold.contains(event.target))) fold.open = false;
    }
  });
  document.addEventListener("keydown", (event) => {
    const opened = folds().find((fold) => fold.open && fold.checkVisibility() && !isWide(fold.closest(".job-tab")));
    if (event.key !== "Escape" || !opened) return;
    event.stopImmediatePropagation();
    opened.open = false;
    opened.querySelector("summary").focus();
  }, true);

  // After a report is drawn.
  window.paperchat.showReport = (result) => {
    const tab = result.closest(".job-tab");
    tab.dataset.wide = isWide(tab);
    for (const fold of folds(tab)) fold.open = isWide(tab);
    resized.observe(tab);
    const report = result.querySelector("article.done")?.dataset.report ?? "";
    if (report && report !== tab.dataset.shown) window.scrollTo({ top: 0, behavior: "instant" });
    tab.dataset.shown = report;
    showPlace(tab);
    window.paperchat.countSources();
  };
})();
