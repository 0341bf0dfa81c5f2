// What the page does without Python: tabs, the source panel, editing a question, copying and saving files.
(() => {
  "use strict";
  const TABS = { today: "#day-composer", ask: "#question", papers: "#query", reading: "#reading-room form.add", results: "#results-room form.find-results", survey: "#topic", claim: "#statement" };
  const question = () => document.querySelector("#question textarea");
  const field = () => document.querySelector(`${TABS[document.body.dataset.tab] ?? "#question"} :is(textarea, input)`);
  const openPanel = (yes) => document.body.classList.toggle("panel-open", yes);

  let turns = 0, isNew = false, followed = "";

  const isCalm = matchMedia("(prefers-reduced-motion: reduce)");

  function scrollTo(turn, isAsked) {
    const behavior = isAsked && !isCalm.matches ? "smooth" : "instant";
    requestAnimationFrame(() => turn.scrollIntoView({ block: "start", behavior }));
  }

  // The questions of the conversation come back with the arrow keys.
  function recall(box, step) {
    const asked = [...document.querySelectorAll(".turn .asked")].map((one) => one.innerText);
    const place = box.value ? asked.lastIndexOf(box.value) : asked.length;
    if (place < 0 || !(step < 0 ? place + step >= 0 : box.value)) return false;
    window.paperchat.fill(box, asked[place + step] ?? "");
    return true;
  }

  function closeFilters() {
    const opened = [...document.querySelectorAll(".filter-panel")].find((one) => one.offsetParent);
    const close = opened?.parentElement.querySelector('[data-do="toggle_filters"]');
    close?.click();
    return Boolean(close);
  }

  window.paperchat = {
    tabs: TABS,
    // Types a text into a field of Gradio's.
    fill(box, text) {
      box.value = text;
      box.dispatchEvent(new Event("input", { bubbles: true }));
      box.setSelectionRange(text.length, text.length);
    },
    openPanel,
    // Scrolls to the last question where it is another one; the growing answer does not move the page.
    follow(transcript) {
      const all = transcript.querySelectorAll(".turn"), last = all[all.length - 1];
      const id = transcript.querySelector(".turns")?.dataset.conversation ?? "";
      // The first question makes a conversation, which is not one more step.
      window.paperchat.show("conversation", id, Boolean(id && turns && isNew));
      const question = last ? `${all.length} ${last.querySelector(".asked")?.textContent}` : "";
      if (question && question !== followed) scrollTo(last, all.length === turns + 1);
      followed = question;
      window.paperchat.inFlight(Boolean(last?.matches(".searching, .writing")));
      isNew = Boolean(all.length && !id);
      turns = all.length;
      window.paperchat.countSources();
      if (!turns) window.paperchat.begun("#transcript");
    },
    // Scrolls the source panel to the quote, and nothing else.
    reveal(source) {
      window.paperchat.keepSize(source);
      const panel = document.getElementById("panel");
      const quote = source.querySelector(".spot") || source.querySelector(".page") || source.querySelector("mark");
      if (panel && quote) {
        const offset = quote.getBoundingClientRect().top - panel.getBoundingClientRect().top;
        panel.scrollTop += offset > panel.clientHeight * 0.7 ? offset - panel.clientHeight / 3 : -panel.scrollTop;
      }
      if (!source.querySelector("article")) window.paperchat.checkFreshness();
      window.paperchat.showStep(source);
    },
  };

  // Replaces a question by a form; submitting it asks the new question in its place.
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
    } catch { // the clipboard API needs HTTPS or localhost
      const field = document.createElement("textarea");
      field.value = text;
      document.body.append(field);
      field.select();
      document.execCommand("copy");
      field.remove();
    }
    const label = button.querySelector("span") ?? button;
    const name = label.textContent;
    label.textContent = "Copied";
    setTimeout(() => { label.textContent = name; }, 1500);
  }

  // Downloads are made in the browser: no file is written on the server.
  window.paperchat.save = (element) => {
    const file = element.querySelector("[data-name]");
    if (!file) return;
    const link = document.createElement("a");
    const { kind } = file.dataset;
    const content = kind ? Uint8Array.from(atob(file.textContent), (one) => one.charCodeAt(0)) : file.textContent;
    link.href = URL.createObjectURL(new Blob([content], { type: kind || "text/plain;charset=utf-8" }));
    link.download = file.dataset.name;
    link.click();
    setTimeout(() => URL.revokeObjectURL(link.href), 10_000);
    file.remove();
  };

  document.addEventListener("click", (event) => {
    if (!(event.target instanceof Element)) return;
    if (event.target.closest("[data-edit]")) edit(event.target.closest(".turn"));
    if (event.target.closest("[data-copy], [data-link]")) copy(event.target.closest("[data-copy], [data-link]"));
    if (event.target.closest('[data-do="cite"], [data-do="paper"]')) openPanel(true);
    if (event.target.closest('[data-do="about"]')) {
      window.paperchat.enter("ask");
      setTimeout(() => question()?.focus(), 50);
    }
    if (event.target.closest("#close-source")) openPanel(false);
    if (event.target.closest("#log-out")) fetch("/logout", { method: "POST" }).then(() => location.assign("/"));
    if (event.target.closest("#show-sidebar")) document.body.classList.toggle("sidebar-open");
    else if (event.target.closest("#new, .resume") || !event.target.closest("#sidebar")) {
      document.body.classList.remove("sidebar-open");
    }
  });

  document.addEventListener("keydown", (event) => {
    if (event.key === "Escape") {
      if (closeFilters()) return;
      openPanel(false);
      document.body.classList.remove("sidebar-open");
      field()?.focus();
    } else if (event.key === "Enter" && event.shiftKey && event.target === question()) {
      event.stopImmediatePropagation(); // a line break, on which Gradio would submit
    } else if ((event.key === "ArrowUp" || event.key === "ArrowDown") && event.target === question()) {
      if (recall(event.target, event.key === "ArrowUp" ? -1 : 1)) event.preventDefault();
    } else if (event.key === "/" && !event.target.closest("input, textarea, [contenteditable]")) {
      event.preventDefault();
      field()?.focus();
    }
  }, true);
})();
