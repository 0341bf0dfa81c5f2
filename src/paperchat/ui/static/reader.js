// What a reader does with papers: saves, votes, marks, follows and keeps questions; the server knows whose it is.
(() => {
  "use strict";
  const MENU = "details.menu";
  const FOOT = 64; // pixels of the source pane, which its foot covers
  const known = new Map(); // the tools of papers that were drawn, by id
  const awaited = new Set();
  let kept = null; // the questions that are kept

  const tools = (id) => [...document.querySelectorAll(".paper-tools")].filter((one) => one.dataset.tools === id);

  function parsed(html) {
    const template = document.createElement("template");
    template.innerHTML = html;
    return [...template.content.children];
  }

  // Exchanges the tools of a paper wherever they stand; what is focused or open there is so again.
  function draw(element) {
    const id = element.dataset.tools;
    known.set(id, element.outerHTML);
    awaited.delete(id);
    for (const old of tools(id)) {
      const focused = old.contains(document.activeElement) && document.activeElement.closest("[data-act], summary");
      const open = old.querySelector(`${MENU}[open]`)?.dataset.menu;
      const fresh = element.cloneNode(true);
      old.replaceWith(fresh);
      if (open) fresh.querySelector(`[data-menu="${open}"]`).open = true;
      if (open) fresh.querySelector(`[data-menu="${open}"] > summary`).focus({ preventScroll: true });
      else if (focused) fresh.querySelector(".vote").focus({ preventScroll: true });
    }
  }

  function drawComments(section) {
    if (!section) return;
    for (const old of document.querySelectorAll(".comments")) {
      if (old.dataset.comments === section.dataset.comments) old.replaceWith(section);
    }
  }

  // The notes on a paper, for which its place may have the quote that a new one is on.
  async function fillNotes(place) {
    place.classList.add("awaited");
    const { notes, quote = "" } = place.dataset;
    const response = await fetch(`/reader/paper-notes?${new URLSearchParams({ paper: notes })}`).catch(() => null);
    const [section] = response?.ok ? parsed(await response.text()) : [];
    if (!section) return;
    section.dataset.quote = quote;
    if (quote && section.querySelector(".write-note span")) section.querySelector(".write-note span").textContent = "Add a note on this quote";
    const hasFocus = place.contains(document.activeElement);
    place.replaceWith(section);
    if (hasFocus) section.querySelector(".write-note > summary")?.focus({ preventScroll: true });
  }

  function renewNotes() {
    for (const place of document.querySelectorAll(".notes-on")) fillNotes(place);
    if (document.querySelector("#source article[data-all-notes]")) window.paperchat.send("#source", { do: "notes" });
    countOwn();
  }

  async function fill() {
    const empty = [...document.querySelectorAll(".paper-tools:empty")];
    for (const one of empty) if (known.has(one.dataset.tools)) one.outerHTML = known.get(one.dataset.tools);
    const ids = [...new Set(empty.map((one) => one.dataset.tools).filter((id) => !known.has(id) && !awaited.has(id)))];
    for (const id of ids) awaited.add(id);
    for (const place of document.querySelectorAll(".comments:empty:not(.awaited)")) {
      place.classList.add("awaited");
      fetch(`/reader/comments?${new URLSearchParams({ paper: place.dataset.comments })}`).then(async (response) => {
        if (response.ok) drawComments(...parsed(await response.text()));
      }).catch(() => {});
    }
    for (const place of document.querySelectorAll(".notes-on:empty:not(.awaited)")) fillNotes(place);
    for (let start = 0; start < ids.length; start += 100) {
      const query = new URLSearchParams(ids.slice(start, start + 100).map((id) => ["paper", id]));
      const response = await fetch(`/reader/tools?${query}`).catch(() => null);
      if (response?.ok) for (const element of parsed(await response.text())) draw(element);
      else for (const id of ids.slice(start, start + 100)) awaited.delete(id);
    }
  }

  async function showKept() {
    const buttons = document.querySelectorAll('#transcript [data-act="keep-question"]');
    if (!buttons.length) return;
    if (!kept) {
      kept = [];
      const response = await fetch("/reader/questions").catch(() => null);
      if (response?.ok) kept = await response.json();
    }
    for (const button of buttons) {
      const isKept = kept.includes(button.dataset.question.split(/\s+/).join(" ").trim());
      if (button.getAttribute("aria-pressed") === String(isKept)) continue;
      button.setAttribute("aria-pressed", isKept);
      button.dataset.on = isKept ? "" : "yes";
    }
  }

  async function openMenu(details) {
    for (const other of document.querySelectorAll(`${MENU}[open]`)) if (other !== details) other.open = false;
    const query = new URLSearchParams({ paper: details.closest(".paper-tools").dataset.tools, name: details.dataset.menu });
    const response = await fetch(`/reader/menu?${query}`).catch(() => null);
    const [menu] = response?.ok ? parsed(await response.text()) : [];
    if (!menu || !details.open) return;
    details.querySelector(".menu-of")?.remove();
    details.append(menu);
    menu.classList.toggle("left", menu.getBoundingClientRect().left < 8);
    menu.classList.toggle("up", menu.getBoundingClientRect().bottom > innerHeight - 90 && menu.getBoundingClientRect().top > 320);
  }

  function say(text, isError = false) {
    let line = document.getElementById("reader-notice");
    if (!line) {
      line = document.createElement("p");
      line.id = "reader-notice";
      (document.querySelector("main") ?? document.body).append(line);
    }
    line.setAttribute("role", isError ? "alert" : "status");
    line.textContent = text;
    clearTimeout(line.timer);
    line.timer = setTimeout(() => { line.textContent = ""; }, 6000);
  }

  async function countOwn() {
    const response = await fetch("/reader/counts").catch(() => null);
    if (!response?.ok) return;
    const counts = await response.json();
    for (const [which, count] of [["saved", counts.saved], ["all-notes", counts.notes]]) {
      const button = document.querySelector(`.rail [data-${which}]`);
      if (!button) continue;
      button.querySelector(".count").textContent = count || "";
      button.setAttribute("aria-label", count ? `${button.title}, ${count}` : button.title);
    }
  }

  // What is new in answers stays so until the room that shows it is left.
  function leaveReading() {
    const times = [...document.querySelectorAll("#reading-room [data-unseen]")].map((one) => one.dataset.unseen).sort();
    if (times.length) navigator.sendBeacon("/reader/seen", new URLSearchParams({ until: times[times.length - 1] }));
  }

  const renewReading = () => window.paperchat.send("#reading-room", { do: "renew" });

  async function act(source, values) {
    const { act: action, confirm, busy, ...own } = source.dataset;
    if (confirm && !window.confirm(confirm)) return;
    const label = source.querySelector("span");
    const name = label?.textContent;
    if (busy) { label.textContent = busy; source.disabled = true; }
    const quote = action === "add-note" ? { quote: source.closest(".notes-on").dataset.quote } : {};
    const body = new URLSearchParams({ ...own, ...quote, ...values });
    const response = await fetch(`/reader/${action}`, { method: "POST", body }).catch(() => null);
    const text = response ? await response.text() : "paperchat cannot be reached: try again.";
    if (busy) { label.textContent = name; source.disabled = false; }
    if (!response?.ok) { say(text, true); return; }
    for (const element of parsed(text)) element.matches(".comments") ? drawComments(element) : draw(element);
    if (action === "save" || action === "delete-collection") countOwn();
    if (action.endsWith("-note")) renewNotes();
    if (action === "comment") document.querySelector(".comments textarea")?.focus({ preventScroll: true });
    if (action === "keep-question") {
      kept = null;
      if (own.on) say("Kept: it is asked again when papers arrive. See Reading.");
    }
    if (action === "follow" && own.on) say(`You follow ${body.get("name")}.`);
    const isInReading = document.body.dataset.tab === "reading";
    const isForYou = document.querySelector(".day-page")?.dataset.address?.includes("order=for-you");
    if (action === "follow" && (isForYou || source.matches(".follow"))) window.paperchat.send("#day-feed", { do: "renew" });
    if (isInReading) renewReading();
    showKept();
    source.closest(MENU)?.querySelector(".menu-of")?.remove();
    for (const details of document.querySelectorAll(`${MENU}[open]:not(:has(.menu-of))`)) openMenu(details);
  }

  async function subscribe(form) {
    const response = await fetch("/subscription", { method: "POST", body: new URLSearchParams(new FormData(form)) }).catch(() => null);
    const page = new DOMParser().parseFromString(response ? await response.text() : "", "text/html");
    say(page.querySelector("main p")?.textContent ?? "Done.", !response?.ok);
    renewReading();
  }

  // The files of a folder that can be read go into the field for uploads of the room Library, which adds them.
  function chooseFolder({ folder, most }) {
    const picker = Object.assign(document.createElement("input"), { type: "file", multiple: true, webkitdirectory: true });
    picker.addEventListener("change", () => {
      const endings = folder.split(" ");
      const files = [...picker.files].filter((file) => endings.some((ending) => file.name.toLowerCase().endsWith(ending)));
      if (!files.length) return say("The folder has no files that can be read.", true);
      if (files.length > Number(most)) {
        return say(`${files.length} files are more than the ${most} of one upload: in a terminal, paperchat ingest FOLDER adds all.`, true);
      }
      const chosen = new DataTransfer();
      for (const file of files) chosen.items.add(file);
      window.paperchat.enter("papers");
      const add = () => {
        const field = document.querySelector("#upload input[type=file]");
        if (!field) { document.querySelector("#upload > button")?.click(); setTimeout(add, 200); return; }
        field.files = chosen.files;
        field.dispatchEvent(new Event("change", { bubbles: true }));
      };
      add();
    });
    picker.click();
  }

  document.addEventListener("click", (event) => {
    if (!(event.target instanceof Element)) return;
    const folder = event.target.closest("[data-folder]");
    if (folder) chooseFolder(folder.dataset);
    if (event.target.closest("[data-write-note]")) event.target.closest("article").querySelector(".write-note").open = true;
    const source = event.target.closest("[data-act]");
    if (source && source.tagName !== "FORM") act(source, {});
    for (const opened of document.querySelectorAll(`${MENU}[open]`)) if (!opened.contains(event.target) && opened.isConnected && event.target.isConnected) opened.open = false;
  });
  document.addEventListener("submit", (event) => {
    if (event.target.matches("form[data-act]")) {
      event.preventDefault();
      act(event.target, Object.fromEntries(new FormData(event.target)));
    } else if (event.target.matches("form[data-subscription]")) {
      event.preventDefault();
      subscribe(event.target);
    }
  });
  document.addEventListener("change", (event) => {
    if (!event.target.matches?.("[data-with-notes]")) return;
    for (const link of event.target.closest(".acts").querySelectorAll("a[download]")) {
      const address = new URL(link.href);
      address.searchParams.set("notes", event.target.checked ? "yes" : "");
      link.href = address;
    }
  });
  document.addEventListener("visibilitychange", () => known.clear()); // another tab, or others, may have changed them
  document.addEventListener("toggle", (event) => {
    if (event.target.matches?.(".extend details[open]")) event.target.querySelector("input").focus();
    if (event.target.matches?.(":is(.write-note, .note .edit)[open]")) {
      const panel = event.target.closest("#panel");
      const below = (part) => part.getBoundingClientRect().bottom;
      if (panel) panel.scrollTop += Math.max(0, below(event.target) + FOOT - below(panel)); // and the page stays
      else event.target.scrollIntoView({ block: "nearest" });
      event.target.querySelector("textarea").focus({ preventScroll: true });
    }
    if (!event.target.matches?.(MENU)) return;
    if (!event.target.open) event.target.querySelector(".menu-of")?.remove();
    else if (!event.target.querySelector(".menu-of")) openMenu(event.target);
  }, true);
  document.addEventListener("keydown", (event) => {
    const opened = event.key === "Escape" && document.querySelector(`${MENU}[open]`);
    if (!opened) return;
    opened.open = false;
    opened.querySelector("summary").focus();
    event.stopImmediatePropagation();
  }, true);

  Object.assign(window.paperchat, {
    // Standing questions are asked again when their reader looks and papers have arrived.
    showReading(element) {
      if (document.body.dataset.tab === "reading" && element.querySelector("[data-arrived]")) {
        fetch("/reader/ask-again", { method: "POST" }).then((response) => { if (response.ok) renewReading(); }).catch(() => {});
      }
      window.paperchat.show("collection", element.querySelector(".reading")?.dataset.collection ?? "");
    },
    beginReader() {
      countOwn();
      let waits = false;
      new MutationObserver(() => {
        if (!waits) queueMicrotask(() => { waits = false; fill(); showKept(); });
        waits = true;
      }).observe(document.body, { childList: true, subtree: true });
      let room = document.body.dataset.tab;
      new MutationObserver(() => {
        const named = new URL(location.href).searchParams.get("collection") ?? "";
        const isShown = document.querySelector(".reading")?.dataset.collection === named; // else it is on its way
        if (document.body.dataset.tab === "reading" && room !== "reading" && isShown) renewReading();
        if (document.body.dataset.tab !== "reading" && room === "reading") leaveReading();
        room = document.body.dataset.tab;
      }).observe(document.body, { attributeFilter: ["data-tab"] });
      window.addEventListener("pagehide", () => { if (room === "reading") leaveReading(); });
    },
  });
})();
