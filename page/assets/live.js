// Looks again while something is under way. A hidden tab and a form that is being filled in are left alone.
(() => {
  const PAUSE = 5000;
  const isBusy = () => {
    const active = document.activeElement;
    return document.hidden || (active && active.closest("main form, details[open]") !== null);
  };
  const look = async () => {
    if (isBusy()) return;
    try {
      const answer = await fetch(location.href, { credentials: "same-origin", headers: { accept: "text/html" } });
      if (!answer.ok || answer.redirected || isBusy()) return;
      const fresh = new DOMParser().parseFromString(await answer.text(), "text/html");
      const [now, then] = [document.querySelector("main"), fresh.querySelector("main")];
      if (then && now.innerHTML !== then.innerHTML) now.replaceChildren(...document.adoptNode(then).childNodes);
    } catch {
      // The next look may do better.
    }
  };
  setInterval(look, PAUSE);
  document.addEventListener("visibilitychange", look);
})();
