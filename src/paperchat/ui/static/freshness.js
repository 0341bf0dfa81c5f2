// Freshness: rooms are drawn anew when papers were added or removed, here, in another tab, or by another program.
(() => {
  "use strict";
  const ROOMS = ["#day-feed", "#transcript", "#listing", "#reading-room", "#results-room", "#survey-result", "#claim-result"];
  const INTERVAL = 20_000; // milliseconds
  const RETRY = 2_000;
  let known = "", asking = false, again = false;

  async function check() {
    again ||= asking; // what is asked for now, the request under way may not see
    if (document.hidden || asking) return;
    asking = true;
    try {
      const response = await fetch("library-state");
      const state = (await response.text()) || known;
      if (known && state !== known) for (const room of ROOMS) window.paperchat.send(room, { do: "renew" });
      known = state;
      window.paperchat.reached(response.headers.get("x-paperchat-instance"));
    } catch {
      window.paperchat.lost();
      setTimeout(check, RETRY);
    } finally {
      asking = false;
    }
    if (again) {
      again = false;
      check();
    }
  }

  // The first papers are there: their room is drawn anew, whatever was drawn while they came.
  function begun(room) {
    if (document.querySelector(`${room} [data-begun]`)) window.paperchat.send(room, { do: "renew", begun: "yes" });
    check();
  }

  Object.assign(window.paperchat, { checkFreshness: check, begun });
  window.addEventListener("focus", check);
  document.addEventListener("visibilitychange", check);
  setInterval(check, INTERVAL);
})();
