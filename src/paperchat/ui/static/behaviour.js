// What the page does in the browser by itself; everything else is told to Python.
(() => {
  "use strict";
  const ROOMS = { ask: "#question", papers: "#query", survey: "#topic", claim: "#statement" };
  const question = () => document.querySelector("#question textarea");
  const field = () => document.querySelector(`${ROOMS[document.body.dataset.room] ?? "#question"} :is(textarea, input)`);
  const open = (yes) => document.body.classList.toggle("reading", yes);

  let turns = 0;

  window.paperchat = {
    // A new question comes into view; what grows below it does not move the page.
    follow(transcript) {
      const all = transcript.querySelectorAll(".turn");
      if (all.length > turns && turns) all[all.length - 1].scrollIntoView({ block: "start", behavior: "smooth" });
      turns = all.length;
      // The address of the page is the link to its conversation.
      const address = new URL(location.href);
      const number = transcript.querySelector(".turns")?.dataset.conversation;
      if (number) address.searchParams.set("conversation", number);
      else address.searchParams.delete("conversation");
      if (address.href !== location.href) history.replaceState(null, "", address);
    },
    // The quote is shown where it stands, without moving the page around it.
    reveal(source) {
      const pane = document.getElementById("beside");
      const quote = source.querySelector(".spot") || source.querySelector(".page") || source.querySelector("mark");
      if (pane && quote) {
        const offset = quote.getBoundingClientRect().top - pane.getBoundingClientRect().top;
        pane.scrollTop += offset > pane.clientHeight * 0.7 ? offset - pane.clientHeight / 3 : -pane.scrollTop;
      }
      source.querySelector("h2")?.focus({ preventScroll: true });
    },
  };

  // The question becomes a field; to send it is to ask it in its place.
  function edit(turn) {
    const asked = turn.querySelector(".asked");
    const form = document.createElement("form");
    form.className = "editing";
    form.innerHTML = '<textarea aria-label="Edit the question" rows="2"></textarea><p><button class="tool" ' +
      'type="submit">Ask this</button><button class="tool" type="button">Cancel</button></p>';
    const field = form.querySelector("textarea");
    field.value = asked.innerText;
    const cancel = () => { form.replaceWith(asked); turn.querySelector("[data-edit]")?.focus(); };
    const send = document.createElement("button");
    form.querySelector("[type=button]").addEventListener("click", cancel);
    form.addEventListener("submit", (event) => {
      event.preventDefault();
      Object.assign(send.dataset, { do: "ask", question: field.value, turn: turn.dataset.turn });
      form.append(send);
      if (field.value.trim()) send.click();
    });
    form.addEventListener("keydown", (event) => {
      if (event.key === "Escape") { event.stopPropagation(); cancel(); }
      if (event.key === "Enter" && !event.shiftKey) { event.preventDefault(); form.requestSubmit(); }
    });
    send.type = "button";
    send.hidden = true;
    asked.replaceWith(form);
    field.focus();
  }

  async function copy(button) {
    const text = button.dataset.copy ?? location.href;
    try {
      await navigator.clipboard.writeText(text);
    } catch { // only pages served securely, or from this machine, may write to the clipboard
      const field = document.createElement("textarea");
      field.value = text;
      document.body.append(field);
      field.select();
      document.execCommand("copy");
      field.remove();
    }
    const label = button.textContent;
    button.textContent = "Copied";
    setTimeout(() => { button.textContent = label; }, 1500);
  }

  // Rooms are addresses, so that the browser's back button works.
  function enter() {
    const named = location.hash.slice(1);
    const room = Object.hasOwn(ROOMS, named) ? named : "ask";
    if (document.body.dataset.room !== room) open(false);
    document.body.dataset.room = room;
    for (const link of document.querySelectorAll("#top nav a")) {
      if (link.hash === `#${room}`) link.setAttribute("aria-current", "page");
      else link.removeAttribute("aria-current");
    }
  }
  window.addEventListener("hashchange", enter);
  window.addEventListener("popstate", enter);
  window.paperchat.enter = enter;

  // What is taken along never becomes a file on the server.
  window.paperchat.save = (element) => {
    const taken = element.querySelector("[data-name]");
    if (!taken) return;
    const link = document.createElement("a");
    const { kind } = taken.dataset;
    const content = kind ? Uint8Array.from(atob(taken.textContent), (one) => one.charCodeAt(0)) : taken.textContent;
    link.href = URL.createObjectURL(new Blob([content], { type: kind || "text/plain;charset=utf-8" }));
    link.download = taken.dataset.name;
    link.click();
    setTimeout(() => URL.revokeObjectURL(link.href), 10_000);
    taken.remove();
  };

  document.addEventListener("click", (event) => {
    if (!(event.target instanceof Element)) return;
    if (event.target.closest("[data-edit]")) edit(event.target.closest(".turn"));
    if (event.target.closest("[data-copy], [data-link]")) copy(event.target.closest("[data-copy], [data-link]"));
    if (event.target.closest('[data-do="cite"], [data-do="paper"]')) open(true);
    if (event.target.closest('[data-do="about"]')) {
      location.hash = "#ask";
      setTimeout(() => question()?.focus(), 50);
    }
    if (event.target.closest("#close-source")) open(false);
    if (event.target.closest("#show-kept")) document.body.classList.toggle("keeping");
    else if (event.target.closest("#new, .resume") || !event.target.closest("#kept")) {
      document.body.classList.remove("keeping");
    }
  });

  document.addEventListener("keydown", (event) => {
    if (event.key === "Escape") {
      open(false);
      document.body.classList.remove("keeping");
      field()?.focus();
    } else if (event.key === "Enter" && event.shiftKey && event.target === question()) {
      event.stopImmediatePropagation(); // a new line, which Gradio would send
    } else if (event.key === "/" && !event.target.closest("input, textarea, [contenteditable]")) {
      event.preventDefault();
      field()?.focus();
    }
  }, true);
})();
