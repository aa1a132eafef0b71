// Keeps a page up to date. The socket says which stations and sessions changed; the parts of the page that show them are fetched again.
// A part carries data-live-stations="CP-1 CP-2", data-live-transactions="12" ("*": any) or data-live-messages, and hx-trigger="live".
(() => {
  const path = document.body.dataset.livePath;
  if (!path || !window.htmx) return;
  const PARTS = "[data-live-stations], [data-live-transactions], [data-live-messages]";
  const POLL_MS = 15000;
  const REST_MS = 1000;
  let socket = null;
  let attempts = 0;
  let missed = false;

  function light(state, text) {
    const element = document.getElementById("live-light");
    if (!element) return;
    element.dataset.state = state;
    element.firstElementChild.textContent = text;
    element.title = text;
  }

  const isPaused = (part) => part.closest("[data-live-paused]") !== null;
  const words = (text) => (text || "").split(" ").map(decodeURIComponent);
  const meets = (text, changed) => text !== undefined && (text === "*" ? changed.length > 0 : words(text).some((word) => changed.includes(word)));

  function concerns(part, news) {
    const { liveStations, liveTransactions, liveMessages } = part.dataset;
    return meets(liveStations, news.stations || [])
      || meets(liveTransactions, (news.transactions || []).map(String))
      || (liveMessages !== undefined && news.messages);
  }

  // At most one fetch per part and second; what is heard meanwhile is answered by one more fetch. A fetched part replaces
  // its element, so the bookkeeping goes by its id.
  const resting = new Map();
  function refresh(part) {
    if (isPaused(part)) return;
    if (resting.has(part.id)) {
      resting.set(part.id, true);
      return;
    }
    resting.set(part.id, false);
    htmx.trigger(part, "live");
    setTimeout(() => {
      const again = resting.get(part.id);
      resting.delete(part.id);
      const successor = document.getElementById(part.id);
      if (again && successor) refresh(successor);
    }, REST_MS);
  }

  function refreshAll() {
    if (document.hidden) {
      missed = true;
      return;
    }
    for (const part of document.querySelectorAll(PARTS)) refresh(part);
  }

  function hear(news) {
    if (document.hidden) {
      missed = true;
      return;
    }
    for (const part of document.querySelectorAll(PARTS)) if (concerns(part, news)) refresh(part);
  }

  function connect() {
    const scheme = location.protocol === "https:" ? "wss:" : "ws:";
    socket = new WebSocket(`${scheme}//${location.host}${path}`);
    socket.addEventListener("open", () => {
      light("on", "Live");
      if (attempts > 0) refreshAll();
      attempts = 0;
    });
    socket.addEventListener("message", (event) => hear(JSON.parse(event.data)));
    socket.addEventListener("close", () => {
      socket = null;
      light("off", "Every 15 s");
      attempts += 1;
      setTimeout(connect, Math.min(30000, 500 * 2 ** attempts) * (0.75 + Math.random() / 2));
    });
  }

  document.addEventListener("visibilitychange", () => {
    if (document.hidden || !missed) return;
    missed = false;
    refreshAll();
  });
  document.addEventListener("click", (event) => {
    const button = event.target.closest("[data-pause]");
    if (!button) return;
    const area = document.getElementById(button.dataset.pause);
    const paused = area.toggleAttribute("data-live-paused");
    button.setAttribute("aria-pressed", String(paused));
    button.querySelector("span").textContent = paused ? "Resume" : "Pause";
    if (!paused) for (const part of area.querySelectorAll(PARTS)) refresh(part);
  });
  setInterval(() => {
    if (!socket || socket.readyState !== WebSocket.OPEN) refreshAll();
  }, POLL_MS);
  window.addEventListener("pagehide", () => socket && socket.close());
  connect();
})();
