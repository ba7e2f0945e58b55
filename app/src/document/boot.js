const takeOver = (() => {
  const { stopped, reload, at } = document.currentScript.dataset;

  // What is typed before the page lives: the fields, and which events told of it.
  const typed = new Map();
  const hear = (event) => typed.set(event.target, (typed.get(event.target) ?? new Set()).add(event.type));
  for (const name of ["input", "change"]) addEventListener(name, hear, true);

  // A trap ends the WebAssembly: from then on no handler answers, and only this script can say so.
  let told = false;
  const fallen = (error, message) => {
    if (told || !/\b(Runtime|Compile|Link)Error\b/.test(error?.name ?? message)) return;
    told = true;
    const banner = document.createElement("div");
    const words = document.createElement("span");
    const button = document.createElement("button");
    banner.className = "banner bad over";
    banner.setAttribute("role", "alert");
    banner.popover = "manual";
    words.className = "grow";
    words.textContent = stopped;
    button.type = "button";
    button.className = "btn";
    button.textContent = reload;
    button.onclick = () => location.reload();
    banner.append(words, button);
    // Beside an open dialog nothing can be pressed.
    const dialogs = document.querySelectorAll("dialog[open]");
    (dialogs[dialogs.length - 1] ?? document.body).append(banner);
    banner.showPopover?.();
  };
  addEventListener("error", (event) => fallen(event.error, event.message));
  addEventListener("unhandledrejection", (event) => fallen(event.reason, ""));

  // Whoever goes back from within a field has left it, and it is told so while its page still stands. Left to the browser,
  // it would lose the keyboard only as it is taken out of the document, and then save into, and draw on, what is gone.
  let page = location.pathname;
  addEventListener("focusin", () => { page = location.pathname; });
  addEventListener("popstate", (event) => {
    const within = document.activeElement;
    if (page === location.pathname || !within?.matches("input, select, textarea")) return;
    event.stopImmediatePropagation();
    page = location.pathname;
    within.blur();
    // What hangs on the field has its turn first.
    setTimeout(() => dispatchEvent(new PopStateEvent("popstate", { state: event.state })));
  }, true);

  // Whoever goes back once more before the page lives is at another address, with this page's text before them: taken over as
  // that address's it would fall to pieces.
  const plain = (address) => { try { return decodeURIComponent(address); } catch { return address; } };
  const gone = (event) => {
    if (document.documentElement.dataset.hydrated) return removeEventListener("popstate", gone);
    // Once: something between may write addresses in its own way.
    if (!at || plain(location.pathname + location.search) === plain(at)) return;
    if (performance.getEntriesByType("navigation")[0]?.type === "reload") return;
    told = true;
    // Half of the page may have been taken over: the rest of the program is not to hear of it.
    event?.stopImmediatePropagation();
    location.reload();
  };
  addEventListener("popstate", gone);
  gone();

  // Called by the WebAssembly just before it takes the page over and writes its own, empty, values into the fields.
  return () => {
    for (const name of ["input", "change"]) removeEventListener(name, hear, true);
    const kept = [...typed].map(([field, names]) => [field, names, field.value, field.checked]);
    setTimeout(() => {
      for (const [field, names, value, checked] of kept) {
        if (field.type !== "file") field.value = value;
        if (checked !== undefined) field.checked = checked;
        for (const name of names) field.dispatchEvent(new Event(name, { bubbles: true }));
      }
    });
  };
})();
