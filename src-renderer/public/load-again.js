/*
 * Classic and first on purpose. A browser drops connections when a network interface comes or goes, as one does with
 * every container, and a page whose style sheet or script was lost that way stays broken. So it is loaded again, a few
 * times at most.
 */
(function () {
  var KEY = 'opensandbox-loaded-again';
  var MOST = 3;
  var failed = false;
  function onError(event) {
    var lost = event.target;
    var counts =
      lost instanceof HTMLScriptElement || (lost instanceof HTMLLinkElement && lost.rel === 'stylesheet');
    if (!counts || failed) return;
    failed = true;
    var times = Number(sessionStorage.getItem(KEY)) || 0;
    if (times >= MOST) return;
    sessionStorage.setItem(KEY, String(times + 1));
    setTimeout(function () {
      location.reload();
    }, 300);
  }
  // Errors of elements do not bubble, but they can be captured on their way down.
  addEventListener('error', onError, true);
  addEventListener('load', function () {
    removeEventListener('error', onError, true);
    if (!failed) sessionStorage.removeItem(KEY);
  });
})();
