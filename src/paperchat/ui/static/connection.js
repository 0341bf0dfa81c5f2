// The connection: a question in flight and a text that is being typed survive a server that ends and begins again.
(() => {
  "use strict";
  const KEPT = "paperchat.question";
  const box = () => document.querySelector("#question textarea");
  let asked = "", isLost = false, isLeaving = false, server = "";
  window.addEventListener("beforeunload", () => { isLeaving = true; });

  function keep(text) {
    if (text) sessionStorage.setItem(KEPT, text);
    else sessionStorage.removeItem(KEPT);
  }

  function say(message) {
    let note = document.getElementById("connection");
    if (!note) {
      note = document.createElement("p");
      Object.assign(note, { id: "connection", className: "quiet" });
      note.setAttribute("role", "status");
      document.getElementById("composer")?.before(note);
    }
    note.textContent = message;
  }

  function send() {
    asked = box()?.value.trim() || asked;
    keep(asked);
  }

  document.addEventListener("keydown", (event) => {
    if (event.key === "Enter" && !event.shiftKey && event.target === box()) send();
  }, true);
  document.addEventListener("click", (event) => {
    if (!(event.target instanceof Element)) return;
    if (event.target.closest("#send")) send();
    const again = event.target.closest('[data-do="ask"]');
    if (again) keep(asked = again.dataset.question);
  }, true);

  Object.assign(window.paperchat, {
    inFlight(isOpen) {
      if (!isOpen) keep(asked = "");
    },
    // Without the server the page waits for it. Another one knows nothing of the page, which is then loaded anew.
    reached(instance) {
      const isAnother = server && instance !== server;
      if (isAnother) keep(asked || box()?.value.trim());
      if (isAnother || (isLost && (asked || instance !== server))) location.reload();
      if (isLost) say("");
      isLost = false;
      server = instance;
    },
    lost() {
      if (isLeaving) return;
      isLost = true;
      keep(asked || box()?.value.trim());
      say("paperchat does not answer. Your question is kept, and this page goes on when paperchat is back.");
    },
    restoreQuestion() {
      const kept = sessionStorage.getItem(KEPT);
      if (!kept) return;
      window.paperchat.fill(box(), kept);
      say("This question was not answered, as the connection was lost. Ask it again with Enter.");
      keep("");
    },
  });
})();
