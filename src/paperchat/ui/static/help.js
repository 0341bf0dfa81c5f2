// The help: opened by its button or by a question mark.
(() => {
  "use strict";
  const dialog = () => document.getElementById("help");
  const isTyped = (event) => event.target instanceof Element && event.target.closest("input, textarea, [contenteditable]");

  document.addEventListener("click", (event) => {
    if (!(event.target instanceof Element)) return;
    if (event.target.closest("#open-help")) dialog().showModal();
    const chip = event.target.closest("[data-help-ask]");
    if (chip || event.target.closest("[data-close-help]") || event.target === dialog()) dialog().close();
    if (!chip) return;
    window.paperchat.enter("ask");
    window.paperchat.fill(document.querySelector("#question textarea"), chip.dataset.helpAsk);
    setTimeout(() => document.getElementById("send").click(), 50);
  });
  document.addEventListener("keydown", (event) => {
    if (dialog()?.open) event.stopImmediatePropagation(); // its keys are its own
    else if (event.key === "?" && !isTyped(event)) {
      event.preventDefault();
      dialog()?.showModal();
    }
  }, true);
})();
