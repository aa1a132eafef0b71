// Small manners of every page: copy buttons, menus, dialogs, confirmations, ticking times, the search shortcut.
(() => {
  const $ = (selector, root = document) => root.querySelector(selector);
  const $$ = (selector, root = document) => [...root.querySelectorAll(selector)];

  function note(text) {
    const box = document.createElement("div");
    box.className = "toast-note";
    box.textContent = text;
    $("#toasts").append(box);
    setTimeout(() => box.remove(), 5000);
  }

  // --- times: "12 s ago" keeps counting, a running session's clock ticks
  function inWords(seconds) {
    for (const [size, unit] of [[86400, "d"], [3600, "h"], [60, "min"]]) {
      if (seconds >= size) return `${Math.floor(seconds / size)} ${unit} ago`;
      if (seconds <= -size) return `in ${Math.floor(-seconds / size)} ${unit}`;
    }
    return `${Math.max(0, Math.floor(seconds))} s ago`;
  }
  const two = (number) => String(number).padStart(2, "0");
  function tick() {
    if (document.hidden) return;
    const now = Date.now();
    for (const time of $$("time[data-ago]")) {
      const text = inWords((now - Date.parse(time.dateTime)) / 1000);
      if (time.textContent !== text) time.textContent = text;
    }
    for (const clock of $$("[data-clock]")) {
      const seconds = Math.max(0, Math.floor((now - Date.parse(clock.dataset.clock)) / 1000));
      clock.textContent = `${Math.floor(seconds / 3600)}:${two(Math.floor(seconds / 60) % 60)}:${two(seconds % 60)}`;
    }
  }
  // Times without a zone of their own are shown in the browser's; the exact time in UTC stays in the title.
  function localise(root) {
    for (const time of $$("time[data-local]", root)) {
      const at = new Date(time.dateTime);
      time.textContent = `${at.getFullYear()}-${two(at.getMonth() + 1)}-${two(at.getDate())} ${two(at.getHours())}:${two(at.getMinutes())}:${two(at.getSeconds())}`;
      time.removeAttribute("data-local");
    }
  }
  setInterval(tick, 1000);
  localise(document);
  document.addEventListener("htmx:load", (event) => localise(event.target));

  // --- copying
  async function copy(button) {
    const source = document.getElementById(button.dataset.copy);
    const text = source.dataset.copyText || source.textContent.trim();
    try {
      await navigator.clipboard.writeText(text);
    } catch {
      const range = document.createRange();
      range.selectNodeContents(source);
      const selection = window.getSelection();
      selection.removeAllRanges();
      selection.addRange(range);
      document.execCommand("copy");
    }
    note("Copied.");
  }

  function openDialog(opener) {
    const dialog = document.getElementById(opener.dataset.openDialog);
    const evse = $("#start-evse", dialog);
    if (evse && opener.dataset.startEvse) evse.value = opener.dataset.startEvse;
    dialog.showModal();
  }

  document.addEventListener("click", (event) => {
    const copyButton = event.target.closest("[data-copy]");
    if (copyButton) copy(copyButton);
    const opener = event.target.closest("[data-open-dialog]");
    if (opener) openDialog(opener);
    if (event.target.closest("[data-close-dialog]")) event.target.closest("dialog").close();
    if (event.target.matches("dialog")) event.target.close();
    for (const menu of $$("details[data-menu][open]")) if (!menu.contains(event.target)) menu.open = false;
    if (!event.target.closest("#search")) clearHits();
  });

  // --- search: "/" goes there, arrows walk the hits, Esc closes
  function clearHits() {
    const hits = $("#search-hits");
    if (hits) hits.replaceChildren();
  }
  function walkHits(event) {
    const links = $$("#search-hits a");
    if (!links.length || !event.target.closest("#search")) return;
    const index = links.indexOf(document.activeElement) + (event.key === "ArrowDown" ? 1 : -1);
    event.preventDefault();
    (links[index] || $("#search-box")).focus();
  }
  document.addEventListener("keydown", (event) => {
    const isTyping = event.target.closest("input, textarea, select, [contenteditable]");
    if (event.key === "/" && !isTyping && !event.ctrlKey && !event.metaKey && $("#search-box")) {
      event.preventDefault();
      $("#search").classList.add("is-open");
      $("#search-box").focus();
    } else if (event.key === "Escape") {
      clearHits();
      for (const menu of $$("details[data-menu][open]")) {
        menu.open = false;
        $("summary", menu).focus();
      }
    } else if (event.key === "ArrowDown" || event.key === "ArrowUp") walkHits(event);
  });

  // --- a question before what cannot be taken back
  document.addEventListener("htmx:confirm", (event) => {
    if (!event.detail.question) return;
    event.preventDefault();
    const dialog = $("#confirm-dialog");
    $("#confirm-text").textContent = event.detail.question;
    $("#confirm-yes").textContent = event.detail.elt.dataset.confirmLabel || "Go ahead";
    dialog.returnValue = "no";
    dialog.addEventListener("close", () => {
      if (dialog.returnValue === "yes") event.detail.issueRequest(true);
    }, { once: true });
    dialog.showModal();
  });

  document.addEventListener("htmx:afterRequest", (event) => {
    const dialog = event.detail.elt.closest("dialog");
    if (dialog && event.detail.successful && event.detail.elt.matches("form")) dialog.close();
  });
  // What a person is busy with is not replaced under their hands; the next news will do.
  const isBusy = (part) => part && $("details[data-menu][open], dialog[open], input:focus, textarea:focus, select:focus", part) !== null;
  for (const name of ["htmx:oobBeforeSwap", "htmx:beforeSwap"]) {
    document.addEventListener(name, (event) => {
      const isLive = event.detail.requestConfig?.triggeringEvent?.type === "live" || name === "htmx:oobBeforeSwap";
      if (isLive && isBusy(event.detail.target)) event.detail.shouldSwap = false;
    });
  }
  document.addEventListener("htmx:responseError", (event) => {
    const status = event.detail.xhr.status;
    if (status === 401 || status === 403) note("You may not do that, or you were signed out. Reload the page.");
    else if (status === 429) note("Too many attempts. Wait a minute.");
    else if (!event.detail.elt.closest("[data-live-stations], [data-live-transactions], [data-live-messages]")) {
      note("The server could not do that. Try again.");
    }
  });
  document.addEventListener("note", (event) => note(event.detail.value));

  // --- forms that send themselves when a filter changes
  document.addEventListener("change", (event) => {
    const form = event.target.closest("form[data-auto-submit]");
    if (form) form.requestSubmit();
  });

  document.addEventListener("click", (event) => {
    const button = event.target.closest("[data-fill-period]");
    if (button) [$("#id_start").value, $("#id_end").value] = button.dataset.fillPeriod.split(",");
  });

  // --- the charger form shows the field for a new site only where it is wanted
  function showNewSite() {
    const choice = $("[data-new-site-choice]");
    if (choice) $("#new-site").hidden = choice.value !== "new";
  }
  document.addEventListener("change", showNewSite);
  showNewSite();
})();
